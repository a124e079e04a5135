/*  RFC 3550 section 6.6

    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |V=2|P|    SC   |   PT=BYE=203  |             length            |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |                    SSRC/CSRC, SC of them                      |
    +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
    |     length    |               reason for leaving, optional  ...
*/
using EventMeet.Media.Packets;

namespace EventMeet.Media.Rtcp;

/// <summary>A view of a BYE; valid only while the datagram is.</summary>
internal readonly ref struct Goodbye
{
    private readonly RtcpPacket _packet;

    private Goodbye(scoped in RtcpPacket packet) => _packet = packet;

    /// <summary>Gets how many sources leave, 0 to 31.</summary>
    public int Count => _packet.Count;

    /// <summary>Gets a source that leaves.</summary>
    /// <param name="position">0 to <see cref="Count"/> - 1.</param>
    public uint this[int position] => _packet.ReadWord(position * 4);

    /// <summary>Gets why, as UTF-8; empty when it does not say, or says it wrongly.</summary>
    public ReadOnlySpan<byte> Reason
    {
        get
        {
            var rest = _packet.Body[(_packet.Count * 4)..];
            return !rest.IsEmpty && rest[0] < rest.Length ? rest.Slice(1, rest[0]) : default;
        }
    }

    /// <summary>Reads a BYE.</summary>
    public static PacketFault TryParse(scoped in RtcpPacket packet, out Goodbye goodbye)
    {
        var valid = packet.Type == RtcpPacketType.Goodbye && packet.Body.Length >= packet.Count * 4;
        goodbye = valid ? new(packet) : default;
        return valid ? PacketFault.None : PacketFault.RtcpMalformed;
    }
}
