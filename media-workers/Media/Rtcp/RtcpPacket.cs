/*  RFC 3550 section 6.4, RFC 4585 section 6.1

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |V=2|P| count or|      PT       |   length in words minus one   |
    |   | |   FMT   |               |                               |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |  SSRC of packet sender (all but SDES and BYE)                 |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |  SSRC of media source (RTPFB, PSFB)                           |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
*/
using System.Buffers.Binary;

namespace EventMeet.Media.Rtcp;

/// <summary>One packet of a compound packet; valid only while the datagram is.</summary>
internal readonly ref struct RtcpPacket
{
    /// <summary>Bytes before the body.</summary>
    public const int HeaderLength = 4;

    /// <summary>Sender and media SSRC at the front of a feedback packet's body.</summary>
    public const int FeedbackHeaderLength = 8;

    /// <summary>Views one packet.</summary>
    public RtcpPacket(RtcpPacketType type, int count, ReadOnlySpan<byte> body)
    {
        Type = type;
        Count = count;
        Body = body;
    }

    /// <summary>Gets the packet type; values without a name are possible.</summary>
    public RtcpPacketType Type { get; }

    /// <summary>Gets the five bits after P: a number of blocks, or the feedback format; 0 to 31.</summary>
    public int Count { get; }

    /// <summary>Gets what follows the four-byte header, padding removed.</summary>
    public ReadOnlySpan<byte> Body { get; }

    /// <summary>Is this transport-layer feedback of the given format, with both SSRCs?</summary>
    public bool IsTransportFeedback(int format) => Is(RtcpPacketType.TransportFeedback, format);

    /// <summary>Is this payload-specific feedback of the given format, with both SSRCs?</summary>
    public bool IsPayloadFeedback(int format) => Is(RtcpPacketType.PayloadFeedback, format);

    /// <summary>Reads a big-endian word of the body.</summary>
    /// <param name="offset">In bytes.</param>
    public uint ReadWord(int offset) => BinaryPrimitives.ReadUInt32BigEndian(Body[offset..]);

    private bool Is(RtcpPacketType type, int format) =>
        Type == type && Count == format && Body.Length >= FeedbackHeaderLength;
}
