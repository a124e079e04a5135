using EventMeet.Media.Codecs;
using EventMeet.Media.Tests.Rtp;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Codecs;

public sealed class KeyFramesTests
{
    [Theory]
    [InlineData("Vp8", "10 00", true)] // S, partition 0, P=0
    [InlineData("Vp8", "10 01", false)] // P=1
    [InlineData("Vp8", "00 00", false)] // goes on
    [InlineData("Vp8", "11 00", false)] // another partition
    [InlineData("Vp9", "08", true)] // B, not predicted
    [InlineData("Vp9", "48", false)] // predicted
    [InlineData("Vp9", "00", false)] // goes on
    [InlineData("Vp9", "A8 81 23 00 00", true)] // I with 15 bits, L: spatial layer 0
    [InlineData("Vp9", "A8 01 04 00", false)] // spatial layer 2
    [InlineData("Vp9", "A8 81", false)] // cut
    [InlineData("H264", "65 88", true)] // IDR
    [InlineData("H264", "67 42", true)] // SPS
    [InlineData("H264", "41 9A", false)] // a slice
    [InlineData("H264", "78 00 02 68 CE 00 02 67 42", true)] // STAP-A: PPS, SPS
    [InlineData("H264", "78 00 02 68 CE 00 09 41", false)] // STAP-A, cut
    [InlineData("H264", "7C 85", true)] // FU-A, start of an IDR
    [InlineData("H264", "7C 05", false)] // FU-A, middle
    [InlineData("Av1", "18", true)] // N
    [InlineData("Av1", "10", false)]
    [InlineData("Av1", "98", false)] // continues a fragment
    [InlineData("Opus", "78", true)]
    [InlineData("Unknown", "00", true)]
    public void Tells_where_a_decoder_can_start(string codec, string payload, bool expected) =>
        Assert.Equal(expected, KeyFrames.IsKeyFrame(Enum.Parse<CodecKind>(codec), Annotated.Bytes(payload)));

    [Fact]
    public void Names_are_those_of_the_registry_in_any_case()
    {
        Assert.Equal(CodecKind.Vp8, CodecKinds.FromName("vp8"));
        Assert.Equal(CodecKind.Opus, CodecKinds.FromName("opus"));
        Assert.Equal(CodecKind.Unknown, CodecKinds.FromName("theora"));
        Assert.True(CodecKind.Av1.IsVideo());
        Assert.False(CodecKind.Red.IsVideo());
    }

    [Property]
    public bool No_payload_is_too_strange(byte[] payload)
    {
        foreach (var kind in Enum.GetValues<CodecKind>())
        {
            if (KeyFrames.IsKeyFrame(kind, payload) && payload.Length == 0)
            {
                return false;
            }
        }

        return true;
    }
}
