using EventMeet.Media.Values;

namespace EventMeet.Media.Rtp;

/// <summary>The numbers of a packet in the slot's stream.</summary>
/// <param name="Index">The slot's unwrapped sequence number: what SRTP wants.</param>
/// <param name="Timestamp">The slot's.</param>
/// <param name="Marker">The M bit.</param>
/// <param name="PictureId">15 bits; meaningless without VP8.</param>
/// <param name="Tl0PictureIndex">Meaningless without VP8.</param>
/// <param name="KeyIndex">5 bits; meaningless without VP8.</param>
internal readonly record struct SlotPacket(
    PacketIndex Index,
    uint Timestamp,
    bool Marker,
    ushort PictureId = 0,
    byte Tl0PictureIndex = 0,
    byte KeyIndex = 0
);

/// <summary>What became of a sequence number that a subscriber asks for.</summary>
/// <param name="Source">The packet in the source's numbers.</param>
/// <param name="Tag">The source: track and layer.</param>
/// <param name="Packet">The numbers it was sent with; default when it was not sent.</param>
/// <param name="WasSent">False when the source's packet never came in time. If it is there now, map and send it as if it had just arrived.</param>
internal readonly record struct SlotHistory(PacketIndex Source, int Tag, SlotPacket Packet, bool WasSent);
