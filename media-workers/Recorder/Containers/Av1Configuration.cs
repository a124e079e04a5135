/*  AV1 codec ISO media file format binding section 2.3.3, AV1CodecConfigurationRecord

    marker (1) = 1 version (7) = 1 | seq_profile (3) seq_level_idx_0 (5)
    seq_tier_0 (1) high_bitdepth (1) twelve_bit (1) monochrome (1) subsampling_x (1) subsampling_y (1) sample position (2)
    reserved (3) initial_presentation_delay_present (1) = 0 reserved (4)
    the sequence header OBU, with its size
*/
using EventMeet.Recorder.Bitstreams;

namespace EventMeet.Recorder.Containers;

/// <summary>Builds what Matroska carries as the CodecPrivate of AV1.</summary>
internal static class Av1Configuration
{
    /// <summary>Builds it.</summary>
    /// <param name="sequenceHeader">The sequence header OBU, with header and size.</param>
    /// <param name="parsed">What it says.</param>
    public static byte[] Build(ReadOnlySpan<byte> sequenceHeader, in Av1Sequence parsed) =>
        [
            0x81,
            (byte)((parsed.Profile << 5) | parsed.Level),
            (byte)((parsed.Tier << 7) | parsed.Color),
            0,
            .. sequenceHeader,
        ];
}
