using EventMeet.Media.Packets;
using EventMeet.Media.Values;

namespace EventMeet.Media.Relays;

/// <summary>Packets whose track has not been added yet: a few, for a short time, oldest first.</summary>
internal sealed class EarlyPackets
{
    // A message that is lost once or twice is a second late: 1 s of a 2.5 Mbit/s track.
    private const int MaxPackets = 256;
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(2);

    private readonly List<Early> _packets = [];

    /// <summary>Keeps a copy of a packet; those that have waited too long make room.</summary>
    public PacketFault Keep(ReadOnlySpan<byte> packet, uint ssrc, PacketIndex index, MonotonicTime now)
    {
        _ = _packets.RemoveAll(early => now - early.At > MaxAge);
        if (_packets.Count == MaxPackets)
        {
            // Of a track that was removed just now, or of one whose message does not come.
            return PacketFault.RtpUnknownTrack;
        }

        _packets.Add(new(packet.ToArray(), ssrc, index, now));
        return PacketFault.None;
    }

    /// <summary>Takes the oldest packet of a track.</summary>
    public bool TryTake(uint ssrc, uint rtxSsrc, out Span<byte> packet, out PacketIndex index)
    {
        var position = _packets.FindIndex(early => early.Ssrc == ssrc || early.Ssrc == rtxSsrc);
        if (position < 0)
        {
            packet = default;
            index = default;
            return false;
        }

        packet = _packets[position].Packet;
        index = _packets[position].Index;
        _packets.RemoveAt(position);
        return true;
    }

    private readonly record struct Early(byte[] Packet, uint Ssrc, PacketIndex Index, MonotonicTime At);
}
