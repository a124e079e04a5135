namespace EventMeet.Broker.Queues;

/// <summary>
/// How full a queue is, its dead letters and session states included: so dead-lettering never finds the queue full, and
/// nothing grows without limit.
/// </summary>
internal sealed class QueueCapacity(int maxMessages, long maxBytes)
{
    // What a message costs beyond its content: the object and its places in the indexes.
    private const int Overhead = 256;

    internal int Messages { get; private set; }

    internal long Bytes { get; private set; }

    internal bool HasRoomFor(int messages, long contentBytes) =>
        Messages + messages <= maxMessages && Bytes + contentBytes + ((long)messages * Overhead) <= maxBytes;

    internal void AddMessage(int contentBytes)
    {
        Messages++;
        Bytes += contentBytes + Overhead;
    }

    internal void RemoveMessage(int contentBytes)
    {
        Messages--;
        Bytes -= contentBytes + Overhead;
    }

    internal void AddBytes(int bytes) => Bytes += bytes;
}
