/*  VP9 bitstream specification section 6.2, the uncompressed header of a key frame

    frame_marker (2) = 2 | profile_low (1) | profile_high (1) | reserved (1) if profile 3
    show_existing_frame (1) = 0 | frame_type (1) = 0: key frame | show_frame (1) | error_resilient_mode (1)
    sync code 49 83 42
    bit depth (1) if profile >= 2 | color_space (3) | color_range (1) | subsampling (2) reserved (1) if profile 1 or 3
    (RGB, color_space 7: no range; reserved (1) if profile 1 or 3)
    width - 1 (16) | height - 1 (16)
*/
using EventMeet.Media.Packets;

namespace EventMeet.Recorder.Bitstreams;

/// <summary>Reads the size that a VP9 key frame starts with.</summary>
internal static class Vp9KeyFrameHeader
{
    private const uint Rgb = 7;

    /// <summary>Reads it.</summary>
    /// <param name="frame">One layer's frame, from its first byte.</param>
    /// <param name="size">In pixels.</param>
    /// <returns><see cref="PacketFault.Malformed"/> also when it is no key frame.</returns>
    public static PacketFault TryParse(ReadOnlySpan<byte> frame, out PictureSize size)
    {
        size = default;
        var bits = new BitReader(frame);
        if (bits.ReadBits(2) != 2)
        {
            return PacketFault.Malformed;
        }

        var profile = bits.ReadBits(1) | (bits.ReadBits(1) << 1);
        bits.Skip(profile == 3 ? 1 : 0);
        var existing = bits.ReadFlag();
        var isKeyFrame = !bits.ReadFlag();
        bits.Skip(2);
        if (existing || !isKeyFrame || bits.ReadBits(24) != 0x498342)
        {
            return PacketFault.Malformed;
        }

        bits.Skip(profile >= 2 ? 1 : 0);
        var colored = bits.ReadBits(3) != Rgb;
        bits.Skip(colored ? 1 : 0);
        var withSubsampling = (profile & 1) != 0;
        bits.Skip(
            withSubsampling
                ? colored
                    ? 3
                    : 1
                : 0
        );
        size = new((int)bits.ReadBits(16) + 1, (int)bits.ReadBits(16) + 1);
        return bits.IsExhausted ? PacketFault.Truncated : PacketFault.None;
    }
}
