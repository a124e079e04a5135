/*  RFC 4588 section 4

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |                RTP header: own SSRC, payload type, sequence   |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |            OSN                |                               |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               |
    |                  Original RTP packet payload                  |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
*/
using System.Buffers.Binary;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Feedback;

/// <summary>The retransmission stream of one slot (RFC 4588, SSRC-multiplexed): its own sequence numbers, the original ones inside.</summary>
/// <param name="ssrc">Of the retransmission stream.</param>
/// <param name="payloadType">That was negotiated for it, 0 to 127.</param>
/// <param name="first">Its first sequence number, by chance, in the lower half (RFC 3711 section 3.3.1).</param>
internal sealed class RtxWriter(uint ssrc, byte payloadType, SequenceNumber first)
{
    /// <summary>The original sequence number's size, in bytes.</summary>
    public const int OriginalNumberLength = 2;

    private long _next = first.Value;

    /// <summary>Gets the stream's SSRC.</summary>
    public uint Ssrc => ssrc;

    /// <summary>Takes the next number of the stream and makes the header fields of a retransmission.</summary>
    /// <param name="timestamp">The original packet's (RFC 4588 section 4).</param>
    /// <param name="marker">The original packet's.</param>
    /// <param name="index">For SRTP.</param>
    /// <param name="hasPadding">True for a packet of padding alone, to probe with; it carries no original number.</param>
    public RtpHeaderFields TakeNext(uint timestamp, bool marker, out PacketIndex index, bool hasPadding = false)
    {
        index = new(_next++);
        return new(payloadType, marker, index.SequenceNumber, timestamp, ssrc, hasPadding);
    }

    /// <summary>Writes the original sequence number in front of the original payload.</summary>
    /// <param name="destination">Right behind the header.</param>
    /// <param name="original">The number that the packet was sent with first.</param>
    /// <returns>How many bytes it takes; the payload follows.</returns>
    public static int WriteOriginalNumber(Span<byte> destination, SequenceNumber original)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, original.Value);
        return OriginalNumberLength;
    }
}
