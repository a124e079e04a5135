using EventMeet.Media.Values;

namespace EventMeet.Recorder.Depacketization;

/// <summary>An RTP packet, as a view; valid only while its payload is.</summary>
/// <param name="sequenceNumber">As on the wire.</param>
/// <param name="timestamp">As on the wire.</param>
/// <param name="marker">The M bit.</param>
/// <param name="payload">Without padding; empty when the packet is padding alone.</param>
/// <param name="arrival">When it came.</param>
internal readonly ref struct OrderedPacket(
    SequenceNumber sequenceNumber,
    uint timestamp,
    bool marker,
    ReadOnlySpan<byte> payload,
    MonotonicTime arrival
)
{
    public SequenceNumber SequenceNumber { get; } = sequenceNumber;

    public uint Timestamp { get; } = timestamp;

    public bool Marker { get; } = marker;

    public ReadOnlySpan<byte> Payload { get; } = payload;

    public MonotonicTime Arrival { get; } = arrival;
}

/// <summary>Takes packets in order.</summary>
internal interface IPacketConsumer
{
    /// <summary>The next packet.</summary>
    void HandlePacket(in OrderedPacket packet);

    /// <summary>Packets before the next one are lost.</summary>
    /// <param name="count">How many; 0 when it cannot be known.</param>
    void HandleLoss(int count);
}
