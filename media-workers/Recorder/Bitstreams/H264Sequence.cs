/*  ISO/IEC 14496-10 section 7.3.2.1.1, sequence parameter set, behind the NAL unit's first byte

    profile_idc (8) | constraint flags (8) | level_idc (8) | seq_parameter_set_id ue(v)
    high profiles: chroma_format_idc, bit depths, scaling lists
    frame and order numbers | max_num_ref_frames | gaps allowed (1)
    width in macroblocks - 1 ue(v) | height in map units - 1 ue(v) | frame_mbs_only (1) ... | cropping
*/
using EventMeet.Media.Packets;

namespace EventMeet.Recorder.Bitstreams;

/// <summary>What an H.264 sequence parameter set says, as far as a container asks.</summary>
/// <param name="Profile">profile_idc.</param>
/// <param name="Compatibility">The constraint flags.</param>
/// <param name="Level">level_idc.</param>
/// <param name="ChromaFormat">0 to 3; 1 is 4:2:0.</param>
/// <param name="LumaDepth">Bits, 8 to 14.</param>
/// <param name="ChromaDepth">Bits, 8 to 14.</param>
/// <param name="Size">Cropped.</param>
internal readonly record struct H264Sequence(
    byte Profile,
    byte Compatibility,
    byte Level,
    byte ChromaFormat,
    byte LumaDepth,
    byte ChromaDepth,
    PictureSize Size
)
{
    private const int MaxLength = 1024; // bytes; real ones have about 30
    private const int MaxMacroblocks = 1024; // a side of 16384 pixels

    /// <summary>Gets a value indicating whether the profile has chroma format and bit depths (section 7.3.2.1.1).</summary>
    public bool IsHigh => HasChroma(Profile);

    /// <summary>Reads a sequence parameter set.</summary>
    /// <param name="unit">The whole NAL unit, without start code.</param>
    /// <param name="sequence">What it says.</param>
    public static PacketFault TryParse(ReadOnlySpan<byte> unit, out H264Sequence sequence)
    {
        sequence = default;
        if (unit.Length < 4)
        {
            return PacketFault.Truncated;
        }

        if (unit.Length > MaxLength)
        {
            return PacketFault.TooLarge;
        }

        Span<byte> plain = stackalloc byte[MaxLength];
        var bits = new BitReader(plain[..RemoveEmulationPrevention(unit[1..], plain)]);
        var (profile, compatibility, level) = ((byte)bits.ReadBits(8), (byte)bits.ReadBits(8), (byte)bits.ReadBits(8));
        _ = bits.ReadUnsignedGolomb();
        var (chroma, lumaDepth, chromaDepth, separate) = (1U, 8U, 8U, false);
        if (HasChroma(profile))
        {
            chroma = bits.ReadUnsignedGolomb();
            separate = chroma == 3 && bits.ReadFlag();
            lumaDepth = 8 + bits.ReadUnsignedGolomb();
            chromaDepth = 8 + bits.ReadUnsignedGolomb();
            bits.Skip(1);
            SkipScalingMatrix(ref bits, chroma);
            if (chroma > 3 || lumaDepth > 14 || chromaDepth > 14)
            {
                return PacketFault.Malformed;
            }
        }

        SkipOrder(ref bits);
        var fault = ReadSize(ref bits, separate ? 0 : chroma, out var size);
        if (fault != PacketFault.None)
        {
            return fault;
        }

        sequence = new(profile, compatibility, level, (byte)chroma, (byte)lumaDepth, (byte)chromaDepth, size);
        return PacketFault.None;
    }

    private static bool HasChroma(int profile) =>
        profile is 100 or 110 or 122 or 244 or 44 or 83 or 86 or 118 or 128 or 138 or 139 or 134 or 135;

    // Section 7.3.1: 00 00 03 stands for 00 00 where a start code could be seen otherwise.
    private static int RemoveEmulationPrevention(ReadOnlySpan<byte> unit, Span<byte> plain)
    {
        var (length, zeros) = (0, 0);
        foreach (var value in unit)
        {
            if (zeros >= 2 && value == 3)
            {
                zeros = 0;
                continue;
            }

            zeros = value == 0 ? zeros + 1 : 0;
            plain[length++] = value;
        }

        return length;
    }

    private static void SkipScalingMatrix(ref BitReader bits, uint chroma)
    {
        if (!bits.ReadFlag())
        {
            return;
        }

        for (var list = 0; list < (chroma == 3 ? 12 : 8); list++)
        {
            if (!bits.ReadFlag())
            {
                continue;
            }

            var (last, next) = (8, 8);
            for (var position = 0; position < (list < 6 ? 16 : 64) && next != 0; position++)
            {
                next = (last + bits.ReadSignedGolomb() + 256) & 0xFF;
                last = next == 0 ? last : next;
            }
        }
    }

    private static void SkipOrder(ref BitReader bits)
    {
        _ = bits.ReadUnsignedGolomb();
        switch (bits.ReadUnsignedGolomb())
        {
            case 0:
                _ = bits.ReadUnsignedGolomb();
                break;
            case 1:
                bits.Skip(1);
                _ = bits.ReadSignedGolomb();
                _ = bits.ReadSignedGolomb();
                var cycle = Math.Min(bits.ReadUnsignedGolomb(), 255);
                for (var position = 0; position < cycle; position++)
                {
                    _ = bits.ReadSignedGolomb();
                }

                break;
            default:
                break;
        }

        _ = bits.ReadUnsignedGolomb();
        bits.Skip(1);
    }

    private static PacketFault ReadSize(ref BitReader bits, uint chroma, out PictureSize size)
    {
        size = default;
        var (columns, rows) = ((long)bits.ReadUnsignedGolomb() + 1, (long)bits.ReadUnsignedGolomb() + 1);
        var progressive = bits.ReadFlag();
        bits.Skip(progressive ? 1 : 2);
        var (cropX, cropY) = (0L, 0L);
        if (bits.ReadFlag())
        {
            // Section 7.4.2.1.1: in units of chroma samples, and of two lines where there are fields.
            cropX = (long)bits.ReadUnsignedGolomb() + bits.ReadUnsignedGolomb();
            cropY = (long)bits.ReadUnsignedGolomb() + bits.ReadUnsignedGolomb();
            cropX *= chroma is 1 or 2 ? 2 : 1;
            cropY *= (chroma == 1 ? 2 : 1) * (progressive ? 1 : 2);
        }

        if (bits.IsExhausted)
        {
            return PacketFault.Truncated;
        }

        rows *= progressive ? 1 : 2;
        var (width, height) = ((columns * 16) - cropX, (rows * 16) - cropY);
        if (columns > MaxMacroblocks || rows > MaxMacroblocks || width < 1 || height < 1)
        {
            return PacketFault.Malformed;
        }

        size = new((int)width, (int)height);
        return PacketFault.None;
    }
}
