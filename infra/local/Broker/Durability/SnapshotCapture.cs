using EventMeet.Broker.Amqp.Types;
using EventMeet.Broker.Queues;

namespace EventMeet.Broker.Durability;

/// <summary>
/// Everything that is in the queues at one moment. Taken under the broker's lock, so it only copies what may change and
/// shares the contents; it is encoded later, by the thread that writes.
/// </summary>
internal sealed class SnapshotCapture : IQueueJournal
{
    private const int RecordTarget = 1024 * 1024;
    private readonly List<Action<IQueueJournal>> _changes = [];

    public void Stored(string queue, StoredMessage message)
    {
        var copy = new StoredMessage
        {
            SequenceNumber = message.SequenceNumber,
            EnqueuedAt = message.EnqueuedAt,
            ExpiresAt = message.ExpiresAt,
            ScheduledFor = message.ScheduledFor,
            State = message.State,
            DeliveryCount = message.DeliveryCount,
            MessageId = message.MessageId,
            SessionId = message.SessionId,
            DeadLetterSource = message.DeadLetterSource,
            Content = message.Content,
        };
        _changes.Add(journal => journal.Stored(queue, copy));
    }

    public void SessionState(string queue, string sessionId, byte[]? state) =>
        _changes.Add(journal => journal.SessionState(queue, sessionId, state));

    public void Remembered(string queue, string messageId, long sequenceNumber, DateTimeOffset since) =>
        _changes.Add(journal => journal.Remembered(queue, messageId, sequenceNumber, since));

    public void NextSequenceNumber(string queue, long next) =>
        _changes.Add(journal => journal.NextSequenceNumber(queue, next));

    public void Removed(string queue, long sequenceNumber) =>
        throw new NotSupportedException("A snapshot holds what is there.");

    public void Counted(string queue, long sequenceNumber, int deliveryCount) =>
        throw new NotSupportedException("A snapshot holds what is there.");

    public void Deferred(string queue, long sequenceNumber) =>
        throw new NotSupportedException("A snapshot holds what is there.");

    /// <summary>Writes it as a file of records, of about a mebibyte each, the last of which says that it is whole.</summary>
    internal long WriteTo(string path, long number)
    {
        var record = new JournalEncoder(new GrowingBuffer(RecordTarget));
        var framed = new GrowingBuffer(RecordTarget);
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1);
        file.Write(SegmentFormat.Header(number));
        foreach (var change in _changes)
        {
            change(record);
            if (record.Buffer.Length >= RecordTarget)
            {
                Flush(record, framed, file);
            }
        }

        record.End();
        Flush(record, framed, file);
        file.Flush(flushToDisk: true);
        return file.Length;
    }

    private static void Flush(JournalEncoder record, GrowingBuffer framed, FileStream file)
    {
        SegmentFormat.WriteRecord(record.Buffer.Written, framed);
        file.Write(framed.Written);
        record.Buffer.Clear();
        framed.Clear();
    }
}
