using EventMeet.Media.Codecs;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rtp;

/// <summary>What a slot needs to know of a packet that arrived.</summary>
/// <param name="Index">The source's unwrapped sequence number.</param>
/// <param name="Timestamp">As it arrived.</param>
/// <param name="Marker">As it arrived.</param>
/// <param name="Descriptor">VP8's descriptor; default for any other codec.</param>
internal readonly record struct SourcePacket(
    PacketIndex Index,
    uint Timestamp,
    bool Marker,
    Vp8Descriptor Descriptor = default
);
