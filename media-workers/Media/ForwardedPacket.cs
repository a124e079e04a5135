using EventMeet.Media.Rtp;

namespace EventMeet.Media;

/// <summary>A packet on its way to the slots that want it; views of bytes that stay where they are until all have it.</summary>
/// <param name="source">What a slot needs to know of it.</param>
/// <param name="header">Its header.</param>
/// <param name="payload">Its payload, without padding.</param>
/// <param name="room">A copy of the payload with room for padding, see <see cref="PacketSender.MakeRoomForPadding"/>; empty to pad nothing.</param>
internal readonly ref struct ForwardedPacket(
    in SourcePacket source,
    in RtpHeader header,
    ReadOnlySpan<byte> payload,
    Span<byte> room = default
)
{
    public readonly SourcePacket Source = source;

    public readonly RtpHeader Header = header;

    public ReadOnlySpan<byte> Payload { get; } = payload;

    public Span<byte> Room { get; } = room;
}
