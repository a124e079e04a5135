/*  ISO/IEC 14496-15 section 5.3.3.1.2, AVCDecoderConfigurationRecord

    version (8) = 1 | profile (8) | compatibility (8) | level (8) | 111111 length size - 1 (2)
    111 SPS count (5) | size (16) SPS | PPS count (8) | size (16) PPS
    high profiles: 111111 chroma_format (2) | 11111 luma depth - 8 (3) | 11111 chroma depth - 8 (3) | SPS extension count (8)
*/
using System.Buffers.Binary;
using EventMeet.Recorder.Bitstreams;

namespace EventMeet.Recorder.Containers;

/// <summary>Builds what Matroska carries as the CodecPrivate of H.264.</summary>
internal static class AvcConfiguration
{
    /// <summary>Builds it; NAL units are prefixed with 4 bytes of length.</summary>
    public static byte[] Build(ReadOnlySpan<byte> sequence, ReadOnlySpan<byte> picture, in H264Sequence parsed)
    {
        var record = new byte[6 + 2 + sequence.Length + 1 + 2 + picture.Length + (parsed.IsHigh ? 4 : 0)];
        ReadOnlySpan<byte> head = [1, parsed.Profile, parsed.Compatibility, parsed.Level, 0xFF, 0xE1];
        head.CopyTo(record);
        var rest = WriteUnit(record.AsSpan(head.Length), sequence);
        rest[0] = 1;
        rest = WriteUnit(rest[1..], picture);
        if (parsed.IsHigh)
        {
            rest[0] = (byte)(0xFC | parsed.ChromaFormat);
            rest[1] = (byte)(0xF8 | (parsed.LumaDepth - 8));
            rest[2] = (byte)(0xF8 | (parsed.ChromaDepth - 8));
        }

        return record;
    }

    private static Span<byte> WriteUnit(Span<byte> destination, ReadOnlySpan<byte> unit)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)unit.Length);
        unit.CopyTo(destination[2..]);
        return destination[(2 + unit.Length)..];
    }
}
