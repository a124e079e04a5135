namespace EventMeet.Media.Sctp;

/// <summary>
/// Packets that answer one packet and are then forgotten: INIT ACK, HEARTBEAT ACK, ERROR, ABORT, SHUTDOWN COMPLETE. More
/// than a few at once are dropped; the peer asks again.
/// </summary>
internal sealed class ReplyQueue
{
    private const int MaxReplies = 8;

    private Queue<byte[]>? _packets;

    /// <summary>Keeps a finished packet.</summary>
    public void Add(ReadOnlySpan<byte> packet)
    {
        _packets ??= new(1);
        if (_packets.Count < MaxReplies)
        {
            _packets.Enqueue(packet.ToArray());
        }
    }

    /// <summary>Takes the oldest packet.</summary>
    public bool TryTake(Span<byte> destination, out int length)
    {
        length = 0;
        if (_packets is null || !_packets.TryDequeue(out var packet))
        {
            return false;
        }

        packet.CopyTo(destination);
        length = packet.Length;
        if (_packets.Count == 0)
        {
            _packets = null;
        }

        return true;
    }
}
