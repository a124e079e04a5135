/*  RFC 5104 section 4.3.1.1: PT=PSFB=206, FMT=4; the media SSRC is 0; behind the two SSRCs any number of

    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |                              SSRC                             |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    | Seq nr.       |    Reserved                                   |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
*/
using System.Buffers.Binary;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Rtcp;

/// <summary>Walks over the entries of a FIR; valid only while the datagram is.</summary>
internal ref struct FullIntraRequest
{
    private const int EntryLength = 8;

    private ReadOnlySpan<byte> _rest;

    private FullIntraRequest(uint senderSsrc, ReadOnlySpan<byte> entries)
    {
        SenderSsrc = senderSsrc;
        _rest = entries;
    }

    /// <summary>Gets who asks.</summary>
    public uint SenderSsrc { get; }

    /// <summary>Gets whose key frame the current entry wants.</summary>
    public uint Ssrc { get; private set; }

    /// <summary>Gets the current entry's command number: the same number again is the same request again.</summary>
    public byte CommandNumber { get; private set; }

    /// <summary>Reads a FIR and starts before its first entry.</summary>
    public static PacketFault TryParse(scoped in RtcpPacket packet, out FullIntraRequest request)
    {
        request = default;
        if (!packet.IsPayloadFeedback(FeedbackFormat.FullIntraRequest))
        {
            return PacketFault.RtcpMalformed;
        }

        request = new(packet.ReadWord(0), packet.Body[RtcpPacket.FeedbackHeaderLength..]);
        return PacketFault.None;
    }

    /// <summary>Goes to the next entry.</summary>
    /// <returns>False at the end.</returns>
    public bool MoveNext()
    {
        if (_rest.Length < EntryLength)
        {
            return false;
        }

        Ssrc = BinaryPrimitives.ReadUInt32BigEndian(_rest);
        CommandNumber = _rest[4];
        _rest = _rest[EntryLength..];
        return true;
    }
}
