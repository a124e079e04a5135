/*  RFC 3550 section 6.4.1

    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |                 SSRC_n (SSRC of n-th source)                  |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    | fraction lost |       cumulative number of packets lost       |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |           extended highest sequence number received           |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |                      interarrival jitter                      |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |                         last SR (LSR)                         |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |                   delay since last SR (DLSR)                  |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
*/
using System.Buffers.Binary;

namespace EventMeet.Media.Rtcp;

/// <summary>What a receiver says about one source it hears (RFC 3550 section 6.4.1).</summary>
/// <param name="Ssrc">The source.</param>
/// <param name="FractionLost">Since the last report, in 1/256.</param>
/// <param name="CumulativeLost">Since the beginning; negative when duplicates outnumber losses; 24 bits, clamped.</param>
/// <param name="ExtendedHighest">The highest sequence number received, with its cycles in the upper 16 bits.</param>
/// <param name="Jitter">In units of the timestamp clock.</param>
/// <param name="LastSenderReport">The compact NTP time of the last SR; 0 when there was none.</param>
/// <param name="DelaySinceLastSenderReport">In 1/65536 s; 0 when there was none.</param>
internal readonly record struct ReportBlock(
    uint Ssrc,
    byte FractionLost,
    int CumulativeLost,
    uint ExtendedHighest,
    uint Jitter,
    uint LastSenderReport,
    uint DelaySinceLastSenderReport
)
{
    /// <summary>Its size on the wire, in bytes.</summary>
    public const int Length = 24;

    /// <summary>No packet carries more: the count has five bits.</summary>
    public const int MaxBlocks = 31;

    private const int LargestLost = 0x7F_FFFF;

    /// <summary>Reads a block.</summary>
    /// <param name="bytes">At least <see cref="Length"/> of them.</param>
    public static ReportBlock Read(ReadOnlySpan<byte> bytes)
    {
        var lost = BinaryPrimitives.ReadInt32BigEndian(bytes[4..]);
        return new(
            BinaryPrimitives.ReadUInt32BigEndian(bytes),
            bytes[4],
            (lost << 8) >> 8,
            BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[20..])
        );
    }

    /// <summary>Writes the block.</summary>
    /// <param name="bytes">At least <see cref="Length"/> of them.</param>
    public void Write(Span<byte> bytes)
    {
        var lost = Math.Clamp(CumulativeLost, -LargestLost - 1, LargestLost);
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Ssrc);
        BinaryPrimitives.WriteInt32BigEndian(bytes[4..], lost & 0xFF_FFFF);
        bytes[4] = FractionLost;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[8..], ExtendedHighest);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[12..], Jitter);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[16..], LastSenderReport);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[20..], DelaySinceLastSenderReport);
    }
}
