/*  RFC 3550 section 6.4.1, the part of an SR that SenderReport.cs shows between two double lines  */
using System.Buffers.Binary;

namespace EventMeet.Media.Rtcp;

/// <summary>What a sender says about itself (RFC 3550 section 6.4.1).</summary>
/// <param name="Ntp">The wall-clock time at which the report was sent.</param>
/// <param name="RtpTimestamp">The same instant on the stream's own clock.</param>
/// <param name="PacketCount">RTP packets sent since the beginning; wraps.</param>
/// <param name="OctetCount">Payload bytes sent since the beginning, headers and padding not counted; wraps.</param>
public readonly record struct SenderInfo(NtpTime Ntp, uint RtpTimestamp, uint PacketCount, uint OctetCount)
{
    /// <summary>Its size on the wire, in bytes.</summary>
    public const int Length = 20;

    /// <summary>Reads the sender information.</summary>
    /// <param name="bytes">At least <see cref="Length"/> of them.</param>
    public static SenderInfo Read(ReadOnlySpan<byte> bytes) =>
        new(
            new(BinaryPrimitives.ReadUInt64BigEndian(bytes)),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[16..])
        );

    /// <summary>Writes the sender information.</summary>
    /// <param name="bytes">At least <see cref="Length"/> of them.</param>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Ntp.Value);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[8..], RtpTimestamp);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[12..], PacketCount);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[16..], OctetCount);
    }
}
