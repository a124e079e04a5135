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

/// <summary>A view of a BYE; valid only while the datagram is. The reason is not read.</summary>
internal readonly ref struct Goodbye
{
    private readonly RtcpPacket _packet;

    private Goodbye(scoped in RtcpPacket packet) => _packet = packet;

    /// <summary>Gets how many sources leave, 0 to 31.</summary>
    public int Count => _packet.Count;

    /// <summary>Gets a source that leaves.</summary>
    /// <param name="position">0 to <see cref="Count"/> - 1.</param>
    public uint this[int position] => _packet.ReadWord(position * 4);

    /// <summary>Reads a BYE.</summary>
    public static PacketFault TryParse(scoped in RtcpPacket packet, out Goodbye goodbye)
    {
        var valid = packet.Type == RtcpPacketType.Goodbye && packet.Body.Length >= packet.Count * 4;
        goodbye = valid ? new(packet) : default;
        return valid ? PacketFault.None : PacketFault.RtcpMalformed;
    }
}
