using EventMeet.Broker.Queues;
using SystemText = System.Text.Encoding;

namespace EventMeet.Bus.Tests.Queues;

/// <summary>A queue on virtual time.</summary>
internal sealed class QueueBench
{
    private int _lastToken;

    internal QueueBench(QueueOptions? options = null) =>
        Queue = new MessageQueue("q", options ?? new QueueOptions(), Journal, Stamp, NewToken);

    internal MessageQueue Queue { get; }

    internal TextJournal Journal { get; } = new();

    internal DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    internal EnqueueResult Send(
        string text,
        string? id = null,
        string? session = null,
        TimeSpan? ttl = null,
        TimeSpan? after = null
    )
    {
        var message = new NewMessage
        {
            Content = SystemText.UTF8.GetBytes(text),
            MessageId = id ?? text,
            SessionId = session,
            TimeToLive = ttl,
            ScheduledFor = after is { } wait ? Now + wait : null,
        };
        return Queue.Enqueue([message], Now);
    }

    internal TestConsumer Receive(int credit, bool settles = false)
    {
        var consumer = new TestConsumer(credit, settles);
        Queue.Attach(consumer, Now);
        return consumer;
    }

    internal TestConsumer DeadLetters(int credit)
    {
        var consumer = new TestConsumer(credit);
        Queue.DeadLetters!.Attach(consumer, Now);
        return consumer;
    }

    internal void After(TimeSpan time)
    {
        Now += time;
        Queue.Advance(Now);
    }

    internal void Credit(TestConsumer consumer, int credit)
    {
        consumer.Credit += credit;
        Queue.HandleCredit(consumer, Now);
    }

    internal static string Text(StoredMessage message) => SystemText.UTF8.GetString(message.Content);

    internal static string[] Texts(TestConsumer consumer) => [.. consumer.Got.Select(Text)];

    internal static byte[] Stamp(byte[] content, string reason, string description) =>
        SystemText.UTF8.GetBytes($"{SystemText.UTF8.GetString(content)}|{reason}");

    internal Guid NewToken() => new(++_lastToken, 0, 0, new byte[8]);
}
