/*  AV1 specification section 5.5.1, sequence_header_obu()

    seq_profile (3) | still_picture (1) | reduced_still_picture_header (1)
    reduced: seq_level_idx (5)
    else: timing_info, decoder_model_info, initial_display_delay, operating points: idc (12) level (5) [tier (1) if level > 7] ...
    frame_width_bits - 1 (4) | frame_height_bits - 1 (4) | width - 1 | height - 1
    frame_id_numbers_present ... tools ... | color_config()
*/
using EventMeet.Media.Packets;

namespace EventMeet.Recorder.Bitstreams;

/// <summary>What an AV1 sequence header says, as far as a container asks.</summary>
/// <param name="Profile">seq_profile, 0 to 2.</param>
/// <param name="Level">seq_level_idx of the first operating point.</param>
/// <param name="Tier">seq_tier of the first operating point.</param>
/// <param name="Color">The third byte of an AV1CodecConfigurationRecord without the tier: depth, monochrome, subsampling, position.</param>
/// <param name="Size">The largest picture.</param>
internal readonly record struct Av1Sequence(byte Profile, byte Level, byte Tier, byte Color, PictureSize Size)
{
    private const uint SelectTool = 2;

    /// <summary>Reads a sequence header.</summary>
    /// <param name="payload">The OBU without its header and size.</param>
    /// <param name="sequence">What it says.</param>
    public static PacketFault TryParse(ReadOnlySpan<byte> payload, out Av1Sequence sequence)
    {
        sequence = default;
        var bits = new BitReader(payload);
        var profile = bits.ReadBits(3);
        _ = bits.ReadFlag();
        var reduced = bits.ReadFlag();
        var (level, tier) = reduced ? (bits.ReadBits(5), 0U) : ReadOperatingPoints(ref bits);
        var (widthBits, heightBits) = ((int)bits.ReadBits(4) + 1, (int)bits.ReadBits(4) + 1);
        var size = new PictureSize((int)bits.ReadBits(widthBits) + 1, (int)bits.ReadBits(heightBits) + 1);
        SkipTools(ref bits, reduced);
        var color = ReadColor(ref bits, profile);
        if (bits.IsExhausted)
        {
            return PacketFault.Truncated;
        }

        if (profile > 2)
        {
            return PacketFault.Malformed;
        }

        sequence = new((byte)profile, (byte)level, (byte)tier, color, size);
        return PacketFault.None;
    }

    private static (uint Level, uint Tier) ReadOperatingPoints(ref BitReader bits)
    {
        var (decoderModel, delayBits) = (false, 0);
        if (bits.ReadFlag())
        {
            bits.Skip(64);
            if (bits.ReadFlag())
            {
                _ = bits.ReadUnsignedGolomb();
            }

            decoderModel = bits.ReadFlag();
            if (decoderModel)
            {
                delayBits = (int)bits.ReadBits(5) + 1;
                bits.Skip(32 + 5 + 5);
            }
        }

        var displayDelay = bits.ReadFlag();
        var points = bits.ReadBits(5) + 1;
        var first = (Level: 0U, Tier: 0U);
        for (var point = 0; point < points; point++)
        {
            bits.Skip(12);
            var level = bits.ReadBits(5);
            var tier = level > 7 ? bits.ReadBits(1) : 0;
            first = point == 0 ? (level, tier) : first;
            if (decoderModel && bits.ReadFlag())
            {
                bits.Skip((2 * delayBits) + 1);
            }

            if (displayDelay && bits.ReadFlag())
            {
                bits.Skip(4);
            }
        }

        return first;
    }

    private static void SkipTools(ref BitReader bits, bool reduced)
    {
        if (!reduced && bits.ReadFlag())
        {
            bits.Skip(4 + 3);
        }

        bits.Skip(3);
        if (reduced)
        {
            bits.Skip(3);
            return;
        }

        bits.Skip(4);
        var orderHint = bits.ReadFlag();
        bits.Skip(orderHint ? 2 : 0);
        var screenContent = bits.ReadFlag() ? SelectTool : bits.ReadBits(1);
        if (screenContent > 0 && !bits.ReadFlag())
        {
            bits.Skip(1);
        }

        bits.Skip(orderHint ? 3 : 0);
        bits.Skip(3);
    }

    // Section 5.5.2, into the bits of AV1CodecConfigurationRecord.
    private static byte ReadColor(ref BitReader bits, uint profile)
    {
        var highDepth = bits.ReadFlag();
        var twelve = profile == 2 && highDepth && bits.ReadFlag();
        var monochrome = profile != 1 && bits.ReadFlag();
        var (primaries, transfer, matrix) = (2U, 2U, 2U);
        if (bits.ReadFlag())
        {
            (primaries, transfer, matrix) = (bits.ReadBits(8), bits.ReadBits(8), bits.ReadBits(8));
        }

        var (subsamplingX, subsamplingY, position) = (true, true, 0U);
        if (monochrome)
        {
            bits.Skip(1);
        }
        else if (primaries == 1 && transfer == 13 && matrix == 0)
        {
            (subsamplingX, subsamplingY) = (false, false);
        }
        else
        {
            bits.Skip(1);
            (subsamplingX, subsamplingY) = profile switch
            {
                0 => (true, true),
                1 => (false, false),
                _ when twelve => ReadSubsampling(ref bits),
                _ => (true, false),
            };
            position = subsamplingX && subsamplingY ? bits.ReadBits(2) : 0;
        }

        return (byte)(
            (highDepth ? 0x40 : 0)
            | (twelve ? 0x20 : 0)
            | (monochrome ? 0x10 : 0)
            | (subsamplingX ? 0x08 : 0)
            | (subsamplingY ? 0x04 : 0)
            | (int)position
        );
    }

    private static (bool X, bool Y) ReadSubsampling(ref BitReader bits)
    {
        var x = bits.ReadFlag();
        return (x, x && bits.ReadFlag());
    }
}
