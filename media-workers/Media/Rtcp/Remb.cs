/*  draft-alvestrand-rmcat-remb-03 section 2.2: PT=PSFB=206, FMT=15; the media SSRC is 0; behind the two SSRCs

    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |  Unique identifier 'R' 'E' 'M' 'B'                            |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |  Num SSRC     | BR Exp    |  BR Mantissa                      |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |   SSRC feedback, Num SSRC of them                             |
*/
using System.Buffers.Binary;
using System.Numerics;
using EventMeet.Media.Packets;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rtcp;

/// <summary>A view of a receiver's estimate of what it can take; valid only while the datagram is.</summary>
internal readonly ref struct Remb
{
    /// <summary>'R' 'E' 'M' 'B'.</summary>
    public const uint Identifier = 0x52454D42;

    private const int EstimateOffset = 12;
    private const int SsrcsOffset = 16;
    private const int MantissaBits = 18;

    private readonly RtcpPacket _packet;

    private Remb(scoped in RtcpPacket packet, DataRate estimate)
    {
        _packet = packet;
        Estimate = estimate;
    }

    /// <summary>Gets the estimate: all streams together.</summary>
    public DataRate Estimate { get; }

    /// <summary>Gets how many streams it covers, 0 to 255.</summary>
    public int Count => _packet.Body[EstimateOffset];

    /// <summary>Gets a stream that it covers.</summary>
    /// <param name="position">0 to <see cref="Count"/> - 1.</param>
    public uint this[int position] => _packet.ReadWord(SsrcsOffset + (position * 4));

    /// <summary>Reads a REMB.</summary>
    public static PacketFault TryParse(scoped in RtcpPacket packet, out Remb remb)
    {
        remb = default;
        var valid =
            packet.IsPayloadFeedback(FeedbackFormat.ApplicationLayer)
            && packet.Body.Length >= SsrcsOffset
            && packet.ReadWord(RtcpPacket.FeedbackHeaderLength) == Identifier
            && packet.Body.Length >= SsrcsOffset + (packet.Body[EstimateOffset] * 4);
        if (!valid)
        {
            return PacketFault.RtcpMalformed;
        }

        var word = packet.ReadWord(EstimateOffset);
        var exponent = (int)(word >> MantissaBits) & 0x3F;
        var mantissa = (long)(word & 0x3_FFFF);
        var bitsPerSecond = mantissa << exponent;
        // An exponent this large says "no limit", whatever it says exactly.
        var overflows = mantissa != 0 && BitOperations.Log2((ulong)mantissa) + exponent > 62;
        remb = new(packet, new(overflows ? long.MaxValue : bitsPerSecond));
        return PacketFault.None;
    }

    /// <summary>Writes the word of count, exponent and mantissa; the estimate is rounded down.</summary>
    public static void WriteEstimate(Span<byte> destination, int count, DataRate estimate)
    {
        var rate = (ulong)Math.Max(estimate.BitsPerSecond, 0);
        var exponent = Math.Max(0, BitOperations.Log2(rate | 1) - (MantissaBits - 1));
        var word = ((uint)count << 24) | ((uint)exponent << MantissaBits) | (uint)(rate >> exponent);
        BinaryPrimitives.WriteUInt32BigEndian(destination, word);
    }
}
