/*  RFC 3550 section 6.4.1

    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |V=2|P|    RC   |   PT=SR=200   |             length            |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |                         SSRC of sender                        |
    +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
    |              NTP timestamp, most significant word             |
    |             NTP timestamp, least significant word             |
    |                         RTP timestamp                         |
    |                     sender's packet count                     |
    |                      sender's octet count                     |
    +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
    |                     RC report blocks, ReportBlock.cs          |
*/
using EventMeet.Media.Packets;

namespace EventMeet.Media.Rtcp;

/// <summary>A view of an SR; valid only while the datagram is.</summary>
internal readonly ref struct SenderReport
{
    private SenderReport(uint ssrc, SenderInfo sender, ReportBlocks blocks)
    {
        Ssrc = ssrc;
        Sender = sender;
        Blocks = blocks;
    }

    /// <summary>Gets the sender's SSRC.</summary>
    public uint Ssrc { get; }

    /// <summary>Gets what it says about itself.</summary>
    public SenderInfo Sender { get; }

    /// <summary>Gets what it says about others.</summary>
    public ReportBlocks Blocks { get; }

    /// <summary>Reads an SR; profile-specific extensions behind the blocks are ignored.</summary>
    public static PacketFault TryParse(scoped in RtcpPacket packet, out SenderReport report)
    {
        report = default;
        const int BlocksOffset = 4 + SenderInfo.Length;
        var length = BlocksOffset + (packet.Count * ReportBlock.Length);
        if (packet.Type != RtcpPacketType.SenderReport || packet.Body.Length < length)
        {
            return PacketFault.RtcpMalformed;
        }

        var blocks = new ReportBlocks(packet.Body[BlocksOffset..length]);
        report = new(packet.ReadWord(0), SenderInfo.Read(packet.Body[4..]), blocks);
        return PacketFault.None;
    }
}
