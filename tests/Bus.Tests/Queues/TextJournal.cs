using System.Globalization;
using EventMeet.Broker.Queues;

namespace EventMeet.Bus.Tests.Queues;

/// <summary>A journal that can be read: what a queue wrote, or what is in it.</summary>
internal sealed class TextJournal : IQueueJournal
{
    private readonly List<string> _lines = [];

    internal IReadOnlyList<string> Lines => _lines;

    internal static string Of(params MessageQueue[] queues)
    {
        var journal = new TextJournal();
        foreach (var queue in queues)
        {
            queue.WriteSnapshot(journal);
        }

        return string.Join('\n', journal._lines);
    }

    public void Stored(string queue, StoredMessage message) =>
        Line(
            $"stored {queue} {message.SequenceNumber} {message.State} {message.EnqueuedAt:O} {message.ExpiresAt:O} {message.ScheduledFor:O} {message.DeliveryCount} {message.MessageId} {message.SessionId} {message.DeadLetterSource} {Convert.ToHexString(message.Content)}"
        );

    public void Removed(string queue, long sequenceNumber) => Line($"removed {queue} {sequenceNumber}");

    public void Counted(string queue, long sequenceNumber, int deliveryCount) =>
        Line($"counted {queue} {sequenceNumber} {deliveryCount}");

    public void Deferred(string queue, long sequenceNumber) => Line($"deferred {queue} {sequenceNumber}");

    public void SessionState(string queue, string sessionId, byte[]? state) =>
        Line($"state {queue} {sessionId} {(state is null ? "none" : Convert.ToHexString(state))}");

    public void Remembered(string queue, string messageId, long sequenceNumber, DateTimeOffset since) =>
        Line($"remembered {queue} {messageId} {sequenceNumber} {since:O}");

    public void NextSequenceNumber(string queue, long next) => Line($"next {queue} {next}");

    private void Line(FormattableString line) => _lines.Add(line.ToString(CultureInfo.InvariantCulture));
}
