using EventMeet.Functions.Sdp;
using FsCheck.Xunit;

namespace EventMeet.Functions.Tests.Sdp;

public class IceFragmentTests
{
    // RFC 9725 section 4.3.3, figure 6, without its placeholder candidates.
    private const string Restart =
        "a=ice-options:trickle ice2\r\na=group:BUNDLE 0 1\r\na=ice-ufrag:ysXw\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n"
        + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host\r\n";

    [Fact]
    public void Reads_the_credentials_of_a_restart()
    {
        Assert.Null(IceFragment.TryRead(Restart, out var fragment));
        Assert.Equal(new IceFragment("ysXw", "vw5LmwG4y/e6dPP/zAP9Gp5k"), fragment);
    }

    [Theory]
    [InlineData("a=ice-ufrag:ab\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n", 1, "4 to 256")]
    [InlineData("a=ice-ufrag:abcd\r\na=ice-pwd:short\r\n", 2, "22 to 256")]
    [InlineData("v=0\r\n", 1, "does not belong")]
    [InlineData("nonsense", 1, "one lower-case letter")]
    public void Says_what_is_wrong(string text, int line, string reason)
    {
        var refusal = IceFragment.TryRead(text, out _);
        Assert.Equal(line, refusal?.Line);
        Assert.Contains(reason, refusal?.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Writes_credentials_and_candidates_of_an_answer()
    {
        var answer = Offers.Answered(Offers.Read("obs-whip"));
        var text = IceFragment.Write(Offers.Parse(answer.Sdp));
        Assert.Null(IceFragment.TryRead(text, out var fragment));
        Assert.Equal(new IceFragment(answer.Peer.Ice.LocalUfrag, answer.Peer.Ice.LocalPwd), fragment);
        Assert.Contains("a=candidate:1 1 udp", text, StringComparison.Ordinal);
        Assert.DoesNotContain("rtpmap", text, StringComparison.Ordinal);
    }

    [Property]
    public bool Never_throws(string? text) =>
        IceFragment.TryRead(text ?? "", out var fragment) is null == fragment is not null;
}
