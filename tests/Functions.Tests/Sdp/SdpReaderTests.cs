using EventMeet.Functions.Sdp;
using FsCheck.Xunit;

namespace EventMeet.Functions.Tests.Sdp;

public class SdpReaderTests
{
    public static TheoryData<string> Names => [.. Offers.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Writes_back_what_it_read(string name)
    {
        var text = Offers.Read(name);
        Assert.Equal(text, SdpWriter.Write(Offers.Parse(text)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Takes_an_offer_cut_at_any_line_without_throwing(string name)
    {
        var lines = Offers.Read(name).Split("\r\n");
        for (var count = 0; count < lines.Length; count++)
        {
            _ = Offers.Answer(string.Join("\r\n", lines[..count]));
        }
    }

    [Theory]
    [InlineData("", 0, "empty")]
    [InlineData("hello", 1, "one lower-case letter")]
    [InlineData("v=1\r\no=- 1 1 IN IP4 0.0.0.0\r\n", 1, "v=0")]
    [InlineData("v=0\r\ns=-\r\n", 2, "six fields")]
    [InlineData("v=0\r\no=- 1 1 IN IP4\r\n", 2, "six fields")]
    [InlineData("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\nx=1\r\n", 3, "does not belong")]
    [InlineData("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n\r\ns=-\r\n", 3, "one lower-case letter")]
    [InlineData("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\nm=audio\r\n", 3, "media type, a port")]
    [InlineData("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\nm=audio 65536 RTP/AVP 0\r\n", 3, "0 to 65535")]
    [InlineData("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\nm=audio 9 RTP/AVP 0\r\nt=0 0\r\n", 4, "does not belong")]
    [InlineData("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=a\0b\r\n", 3, "NUL")]
    public void Says_which_line_is_malformed_and_why(string text, int line, string reason)
    {
        var refusal = SdpReader.TryRead(text, out var description);
        Assert.NotNull(refusal);
        Assert.Null(description);
        Assert.Equal(SdpRefusalKind.Malformed, refusal.Kind);
        Assert.Equal(line, refusal.Line);
        Assert.Contains(reason, refusal.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Takes_bare_line_feeds_and_a_missing_last_one()
    {
        var text = Offers.Read("chromium-whip");
        var description = Offers.Parse(text.Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd());
        Assert.Equal(text, SdpWriter.Write(description));
    }

    [Fact]
    public void Refuses_two_hundred_m_lines_and_says_how_many_there_were()
    {
        var text =
            "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n" + string.Concat(Enumerable.Repeat("m=audio 9 RTP/AVP 0\r\n", 200));
        var refusal = SdpReader.TryRead(text, out _);
        Assert.Equal("The description has 200 m-lines; at most 64 are taken.", refusal?.Detail);
    }

    [Fact]
    public void Refuses_what_is_too_long_as_a_whole_or_in_one_line()
    {
        Assert.NotNull(SdpReader.TryRead(new string('a', SdpReader.MaxLength + 1), out _));
        var refusal = SdpReader.TryRead($"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\na={new string('x', 5000)}\r\n", out _);
        Assert.Equal(3, refusal?.Line);
    }

    [Property]
    public bool Never_throws_and_gives_either_a_description_or_a_refusal(string? text) =>
        SdpReader.TryRead(text ?? "", out var description) is null == description is not null;
}
