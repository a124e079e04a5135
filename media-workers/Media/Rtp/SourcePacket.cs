using EventMeet.Media.Codecs;
using EventMeet.Media.Packets;
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
)
{
    /// <summary>Reads it.</summary>
    /// <param name="codec">Of the payload.</param>
    /// <param name="header">The packet's.</param>
    /// <param name="payload">Decrypted and without padding; may be empty.</param>
    /// <param name="index">The unwrapped sequence number.</param>
    /// <param name="source">What a slot needs to know.</param>
    public static PacketFault TryRead(
        CodecKind codec,
        in RtpHeader header,
        ReadOnlySpan<byte> payload,
        PacketIndex index,
        out SourcePacket source
    )
    {
        var descriptor = default(Vp8Descriptor);
        var fault =
            codec is CodecKind.Vp8 && !payload.IsEmpty
                ? Vp8Descriptor.TryParse(payload, out descriptor)
                : PacketFault.None;
        source = new SourcePacket(index, header.Timestamp, header.Marker, descriptor);
        return fault;
    }
}
