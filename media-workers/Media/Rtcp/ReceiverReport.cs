/*  RFC 3550 section 6.4.2

    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |V=2|P|    RC   |   PT=RR=201   |             length            |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |                     SSRC of packet sender                     |
    +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
    |                     RC report blocks, ReportBlock.cs          |
*/
using EventMeet.Media.Packets;

namespace EventMeet.Media.Rtcp;

/// <summary>A view of an RR; valid only while the datagram is.</summary>
internal readonly ref struct ReceiverReport
{
    private ReceiverReport(uint ssrc, ReportBlocks blocks)
    {
        Ssrc = ssrc;
        Blocks = blocks;
    }

    /// <summary>Gets the SSRC of who reports.</summary>
    public uint Ssrc { get; }

    /// <summary>Gets what it says about others.</summary>
    public ReportBlocks Blocks { get; }

    /// <summary>Reads an RR; profile-specific extensions behind the blocks are ignored.</summary>
    public static PacketFault TryParse(scoped in RtcpPacket packet, out ReceiverReport report)
    {
        report = default;
        var length = 4 + (packet.Count * ReportBlock.Length);
        if (packet.Type != RtcpPacketType.ReceiverReport || packet.Body.Length < length)
        {
            return PacketFault.RtcpMalformed;
        }

        report = new(packet.ReadWord(0), new(packet.Body[4..length]));
        return PacketFault.None;
    }
}

/// <summary>The report blocks of an SR or RR; valid only while the datagram is.</summary>
internal readonly ref struct ReportBlocks(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Gets how many there are, 0 to 31.</summary>
    public int Count => _bytes.Length / ReportBlock.Length;

    /// <summary>Gets one block.</summary>
    /// <param name="position">0 to <see cref="Count"/> - 1.</param>
    public ReportBlock this[int position] => ReportBlock.Read(_bytes[(position * ReportBlock.Length)..]);
}
