using System.Buffers.Binary;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Rtcp;

/// <summary>
/// Walks over the packets of a decrypted RTCP datagram. The whole datagram is checked before the first packet is shown
/// (RFC 3550 appendix A.2): version, lengths that add up, padding within its packet. Reduced-size RTCP (RFC 5506) is taken.
/// </summary>
internal ref struct RtcpReader
{
    private ReadOnlySpan<byte> _rest;

    private RtcpReader(ReadOnlySpan<byte> datagram) => _rest = datagram;

    /// <summary>Gets the packet that <see cref="MoveNext"/> came to.</summary>
    public RtcpPacket Current { get; private set; }

    /// <summary>Checks a datagram and starts before its first packet.</summary>
    public static PacketFault TryOpen(ReadOnlySpan<byte> datagram, out RtcpReader reader)
    {
        reader = default;
        var rest = datagram;
        do
        {
            if (rest.Length < RtcpPacket.HeaderLength)
            {
                return PacketFault.Truncated;
            }

            if (rest[0] >> 6 != 2)
            {
                return PacketFault.WrongVersion;
            }

            // RFC 5761 section 4: the range that cannot be mistaken for RTP.
            if (rest[1] is < 192 or > 223)
            {
                return PacketFault.RtcpMalformed;
            }

            var length = LengthOf(rest);
            if (length > rest.Length)
            {
                return PacketFault.Truncated;
            }

            if (HasPadding(rest) && PaddingOf(rest[..length]) == 0)
            {
                return PacketFault.RtcpMalformed;
            }

            rest = rest[length..];
        } while (!rest.IsEmpty);

        reader = new(datagram);
        return PacketFault.None;
    }

    /// <summary>Goes to the next packet.</summary>
    /// <returns>False at the end.</returns>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var packet = _rest[..LengthOf(_rest)];
        var padding = HasPadding(packet) ? PaddingOf(packet) : 0;
        Current = new((RtcpPacketType)packet[1], packet[0] & 0x1F, packet[RtcpPacket.HeaderLength..^padding]);
        _rest = _rest[packet.Length..];
        return true;
    }

    private static int LengthOf(ReadOnlySpan<byte> packet) =>
        (BinaryPrimitives.ReadUInt16BigEndian(packet[2..]) + 1) * 4;

    private static bool HasPadding(ReadOnlySpan<byte> packet) => (packet[0] & 0x20) != 0;

    // RFC 3550 section 6.4.1 asks for a multiple of four, on the last packet alone. Browsers end every transport-wide
    // feedback packet in one to three padding bytes and send several in one datagram, so only the bounds are checked.
    // 0 means they are broken.
    private static int PaddingOf(ReadOnlySpan<byte> packet)
    {
        int padding = packet[^1];
        return padding <= packet.Length - RtcpPacket.HeaderLength ? padding : 0;
    }
}
