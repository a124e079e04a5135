using EventMeet.Broker.Amqp.Types;
using EventMeet.Broker.Durability;
using EventMeet.Broker.Queues;
using EventMeet.Bus.Tests.Queues;

namespace EventMeet.Bus.Tests.Durability;

/// <summary>Two queues with a life behind them: the segment that it left, and what was in the queues after each record.</summary>
internal sealed class LogSample
{
    private readonly JournalEncoder _record = new(new GrowingBuffer(64));
    private readonly GrowingBuffer _segment = new(1024);
    private readonly MessageQueue _plain;
    private readonly MessageQueue _sessions;
    private int _lastToken;

    private LogSample()
    {
        (_plain, _sessions) = NewQueues(_record, NewToken);
        _segment.Write(SegmentFormat.Header(Number));
        Note();
    }

    internal const long Number = 7;

    internal byte[] Segment => _segment.Written.ToArray();

    /// <summary>Gets, for each number of whole records, how long the segment was and what the queues held.</summary>
    internal List<(int Length, string State)> Steps { get; } = [];

    internal static LogSample Make()
    {
        var sample = new LogSample();
        sample.Live();
        return sample;
    }

    internal static (MessageQueue Plain, MessageQueue Sessions) NewQueues(IQueueJournal journal, Func<Guid> newToken) =>
        (
            new MessageQueue(
                "plain",
                new QueueOptions { MaxDeliveryCount = 2, DuplicateWindow = TimeSpan.FromMinutes(1) },
                journal,
                QueueBench.Stamp,
                newToken
            ),
            new MessageQueue(
                "sessions",
                new QueueOptions { RequiresSession = true },
                journal,
                QueueBench.Stamp,
                newToken
            )
        );

    /// <summary>Replays bytes into new queues.</summary>
    internal static (string State, int Length) Replay(ReadOnlySpan<byte> segment)
    {
        var (plain, sessions) = NewQueues(new TextJournal(), () => Guid.Empty);
        MessageQueue[] all = [plain, plain.DeadLetters!, sessions, sessions.DeadLetters!];
        var (length, _, _) = LogRecovery.Replay(
            segment,
            Number,
            name => Array.Find(all, queue => queue.Name.Equals(name, StringComparison.Ordinal))
        );
        return (TextJournal.Of(plain, sessions), length);
    }

    private void Live()
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var consumer = new TestConsumer(0);
        _plain.Attach(consumer, now);
        Step(() => _plain.Enqueue([Message("a"), Message("b")], now));
        Step(() => _plain.Enqueue([Message("later") with { ScheduledFor = now.AddSeconds(5) }], now));
        Step(() => _plain.Enqueue([Message("a"), Message("short") with { TimeToLive = TimeSpan.FromSeconds(9) }], now));
        Take(consumer, 2, now);
        Step(() => _plain.Complete(consumer.Got[0].LockToken));
        Step(() => _plain.Abandon(consumer.Got[1].LockToken, counted: true, content => [.. content, 1], now));
        Take(consumer, 1, now);
        Step(() => _plain.Abandon(consumer.Last.LockToken, counted: true, null, now));
        Take(consumer, 1, now);
        Step(() => _plain.Defer(consumer.Last.LockToken, null));
        Step(() => _plain.Advance(now = now.AddSeconds(5)));
        Step(() =>
            _sessions.Enqueue([Message("s1") with { SessionId = "s" }, Message("t1") with { SessionId = "t" }], now)
        );
        Step(() => _sessions.TrySetSessionState("s", [1, 2, 3]));
        Step(() => _sessions.TrySetSessionState("u", [4]));
        Step(() => _sessions.TrySetSessionState("u", null));
        Step(() => _plain.ReceiveDeferred([4], withLock: false, now));
        Step(() => _plain.Advance(now.AddSeconds(60)));
    }

    private static NewMessage Message(string text) =>
        new() { Content = System.Text.Encoding.UTF8.GetBytes(text), MessageId = text };

    private void Take(TestConsumer consumer, int credit, DateTimeOffset now)
    {
        consumer.Credit = credit;
        _plain.HandleCredit(consumer, now);
        consumer.Credit = 0;
    }

    private void Step(Action change)
    {
        change();
        if (_record.Buffer.Length > 0)
        {
            SegmentFormat.WriteRecord(_record.Buffer.Written, _segment);
            _record.Buffer.Clear();
        }

        Note();
    }

    private void Note() => Steps.Add((_segment.Length, TextJournal.Of(_plain, _sessions)));

    private Guid NewToken() => new(++_lastToken, 0, 0, new byte[8]);
}
