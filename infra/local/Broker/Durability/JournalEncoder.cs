using System.Buffers.Binary;
using System.Text;
using EventMeet.Broker.Amqp.Types;
using EventMeet.Broker.Queues;

namespace EventMeet.Broker.Durability;

/*  A record's payload is one change or several that belong together, one after the other, little-endian:

      | operation (8) | queue (text) | fields …
        1 Stored      sequence (64) enqueued (64) expires (64) scheduled (64) count (32) state (8)
                      message id (text) session (text) dead-letter source (text) content (bytes)
        2 Removed     sequence (64)
        3 Counted     sequence (64) count (32)
        4 Deferred    sequence (64)
        5 State       session (text) state (bytes)
        6 Remembered  message id (text) sequence (64) since (64)
        7 Next        sequence (64)
        8 End         of a snapshot; the queue's name is empty

    text: length (32), UTF-8; bytes: length (32), bytes; length -1: null. Times are UTC ticks.  */

/// <summary>Writes changes into the record that is open.</summary>
internal sealed class JournalEncoder(GrowingBuffer buffer) : IQueueJournal
{
    internal const byte StoredOperation = 1;
    internal const byte RemovedOperation = 2;
    internal const byte CountedOperation = 3;
    internal const byte DeferredOperation = 4;
    internal const byte StateOperation = 5;
    internal const byte RememberedOperation = 6;
    internal const byte NextOperation = 7;
    internal const byte EndOperation = 8;

    internal GrowingBuffer Buffer => buffer;

    public void Stored(string queue, StoredMessage message)
    {
        Begin(StoredOperation, queue);
        Number(message.SequenceNumber);
        Time(message.EnqueuedAt);
        Time(message.ExpiresAt);
        Time(message.ScheduledFor ?? DateTimeOffset.MinValue);
        Short(message.DeliveryCount);
        buffer.WriteByte((byte)message.State);
        Text(message.MessageId);
        Text(message.SessionId);
        Text(message.DeadLetterSource);
        Bytes(message.Content);
    }

    public void Removed(string queue, long sequenceNumber)
    {
        Begin(RemovedOperation, queue);
        Number(sequenceNumber);
    }

    public void Counted(string queue, long sequenceNumber, int deliveryCount)
    {
        Begin(CountedOperation, queue);
        Number(sequenceNumber);
        Short(deliveryCount);
    }

    public void Deferred(string queue, long sequenceNumber)
    {
        Begin(DeferredOperation, queue);
        Number(sequenceNumber);
    }

    public void SessionState(string queue, string sessionId, byte[]? state)
    {
        Begin(StateOperation, queue);
        Text(sessionId);
        Bytes(state);
    }

    public void Remembered(string queue, string messageId, long sequenceNumber, DateTimeOffset since)
    {
        Begin(RememberedOperation, queue);
        Text(messageId);
        Number(sequenceNumber);
        Time(since);
    }

    public void NextSequenceNumber(string queue, long next)
    {
        Begin(NextOperation, queue);
        Number(next);
    }

    internal void End() => Begin(EndOperation, "");

    private void Begin(byte operation, string queue)
    {
        buffer.WriteByte(operation);
        Text(queue);
    }

    private void Time(DateTimeOffset time) => Number(time.UtcTicks);

    private void Number(long number) => BinaryPrimitives.WriteInt64LittleEndian(buffer.Reserve(8), number);

    private void Short(int number) => BinaryPrimitives.WriteInt32LittleEndian(buffer.Reserve(4), number);

    private void Text(string? text) => Bytes(text is null ? null : Encoding.UTF8.GetBytes(text));

    private void Bytes(byte[]? bytes)
    {
        Short(bytes?.Length ?? -1);
        buffer.Write(bytes);
    }
}
