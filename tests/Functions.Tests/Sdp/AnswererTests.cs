using EventMeet.Contracts.Messages;
using EventMeet.Functions.Sdp;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace EventMeet.Functions.Tests.Sdp;

public class AnswererTests
{
    private const string SimulcastLines =
        "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
        + "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
        + "a=rid:low send pt=96;max-width=320\r\na=rid:other send pt=99\r\na=rid:high send\r\n"
        + "a=simulcast:send low,unused;~other;high";

    public static TheoryData<string, string, int, string> Refusals =>
        new()
        {
            // what is replaced, by what, the blamed line, the reason
            { "a=group:BUNDLE 0 1\r\n", "", 0, "no \"a=group:BUNDLE\"" },
            { "BUNDLE 0 1", "BUNDLE 0", 16, "not in the BUNDLE group" },
            { "BUNDLE 0 1", "BUNDLE 0 1 2", 5, "names mid \"2\"" },
            { "a=mid:1\r\n", "", 16, "no \"a=mid\"" },
            { "a=mid:1\r\n", "a=mid:0\r\n", 16, "used twice" },
            { "a=mid:1\r\n", "a=mid:a b\r\n", 18, "mid is a token" },
            { "a=ice-ufrag:abcd\r\n", "", 9, "no \"a=ice-ufrag\"" },
            { "a=ice-ufrag:abcd", "a=ice-ufrag:abc", 6, "4 to 256" },
            { "a=ice-pwd:abcdefghijklmnopqrstuv", "a=ice-pwd:short", 7, "22 to 256" },
            { "a=fingerprint:sha-256", "a=x", 10, "no \"a=fingerprint\"" },
            { "a=fingerprint:sha-256", "a=fingerprint:sha-1", 8, "sha-256, sha-384 or sha-512" },
            { "a=fingerprint:sha-256 AB:", "a=fingerprint:sha-256 AG:", 8, "32 bytes" },
            { "a=setup:actpass", "a=setup:passive", 9, "always the DTLS server" },
            { "a=setup:actpass", "a=setup:holdconn", 9, "sets up no connection" },
            { "a=setup:actpass", "a=setup:maybe", 9, "must be actpass" },
            { "a=setup:actpass", "a=setup:actpass\r\na=ice-lite", 10, "Both sides would be ICE-lite" },
            { "a=rtcp-mux\r\na=rtpmap:111", "a=rtpmap:111", 10, "no \"a=rtcp-mux\"" },
            { "a=rtpmap:111 opus/48000/2", "a=rtpmap:111 opus", 15, "An rtpmap is" },
            { "a=rtpmap:96 VP8/90000", "a=extmap:0 urn:x", 21, "An extmap is" },
            { "a=rtpmap:96 VP8/90000", "a=ssrc:x cname:y", 21, "An SSRC is" },
            { "a=rtpmap:96 VP8/90000", "a=simulcast:send", 21, "a=simulcast" },
            { "a=rtpmap:96 VP8/90000", "a=rid:a.b send", 21, "A rid is" },
            { "a=rtpmap:96 VP8/90000", "a=rtcp-fb:96", 21, "An rtcp-fb is" },
            { "111", "96", 16, "Payload type 96 means" },
        };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Refuses_with_the_line_and_the_reason(string old, string replacement, int line, string reason)
    {
        var offer = Offers.Small().Replace(old, replacement, StringComparison.Ordinal);
        var (answer, refusal) = Offers.Answer(offer);
        Assert.Null(answer);
        Assert.NotNull(refusal);
        Assert.Contains(reason, refusal.Reason, StringComparison.Ordinal);
        Assert.Equal(line, refusal.Line);
    }

    [Theory]
    [InlineData("sha-384", 48)]
    [InlineData("SHA-512", 64)]
    public void Takes_longer_digests_and_prefers_sha_256_among_several(string algorithm, int bytes)
    {
        var longer = $"a=fingerprint:{algorithm} {string.Join(':', Enumerable.Repeat("cd", bytes))}";
        var small = Offers.Small();
        var sha256 = small.Split("\r\n").Single(line => line.StartsWith("a=fingerprint", StringComparison.Ordinal));

        var alone = Offers.Answered(small.Replace(sha256, longer, StringComparison.Ordinal)).Peer.Dtls;
        Assert.Equal(new DtlsSpec(algorithm.ToLowerInvariant(), string.Concat(Enumerable.Repeat("CD", bytes))), alone);

        var both = Offers.Answered(small.Replace(sha256, $"{longer}\r\n{sha256}", StringComparison.Ordinal)).Peer.Dtls;
        Assert.Equal("sha-256", both.Algorithm);
    }

    [Fact]
    public void Declines_a_codec_that_is_not_served_but_goes_on()
    {
        var answer = Offers.Answered(Offers.Small().Replace("VP8", "H264", StringComparison.Ordinal));
        var description = Offers.Parse(answer.Sdp);
        Assert.Equal(0, description.Media[1].Port);
        Assert.Equal("BUNDLE 0", description.Session.Find("group")?.Argument);
        Assert.Equal("0", Assert.Single(answer.Peer.Media).Mid);
    }

    [Fact]
    public void Refuses_when_nothing_is_left_and_names_the_codecs_that_are_served()
    {
        var offer = Offers
            .Small()
            .Replace("VP8", "H264", StringComparison.Ordinal)
            .Replace("opus", "PCMU", StringComparison.Ordinal);
        var (_, refusal) = Offers.Answer(offer);
        Assert.Equal(SdpRefusalKind.Unusable, refusal?.Kind);
        Assert.Contains("VP8 video and opus audio", refusal?.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_simulcast_with_the_streams_it_can_take()
    {
        var answer = Offers.Answered(Offers.Small(SimulcastLines));
        Assert.Equal(["low", "high"], answer.Peer.Media[1].Published!.Rids);
        var media = Offers.Parse(answer.Sdp).Media[1];
        Assert.Equal(["low recv pt=96;max-width=320", "high recv"], media.All("rid").Select(line => line.Argument));
        Assert.Equal("recv low;high", media.Find("simulcast")?.Argument);
    }

    [Fact]
    public void Leaves_simulcast_out_when_nothing_could_tell_the_layers_apart()
    {
        var answer = Offers.Answered(
            Offers.Small(SimulcastLines.Replace("rtp-stream-id", "x", StringComparison.Ordinal))
        );
        Assert.Empty(answer.Peer.Media[1].Published!.Rids);
        Assert.DoesNotContain("simulcast", answer.Sdp, StringComparison.Ordinal);
    }

    [Fact]
    public void Reads_announced_ssrcs_in_the_order_of_their_layers_with_their_retransmissions()
    {
        var answer = Offers.Answered(
            Offers.Small(
                "a=ssrc-group:SIM 11 12\r\na=ssrc-group:FID 11 21\r\na=ssrc-group:FID 12 22\r\n"
                    + string.Join("\r\n", new[] { 22, 12, 21, 11 }.Select(ssrc => $"a=ssrc:{ssrc} cname:c"))
            )
        );
        Assert.Equal([11u, 12u], answer.Peer.Media[1].Published!.Ssrcs);
        Assert.Equal([21u, 22u], answer.Peer.Media[1].Published!.RtxSsrcs);
    }

    [Theory]
    [InlineData("a=content:slides", TrackSource.ScreenShare)]
    [InlineData("a=content:main,slides", TrackSource.ScreenShare)]
    [InlineData("a=content:main", TrackSource.Camera)]
    [InlineData("", TrackSource.Camera)]
    public void Tells_a_shared_screen_from_a_camera(string line, TrackSource source) =>
        Assert.Equal(source, Offers.Answered(Offers.Small(line)).Peer.Media[1].Source);

    [Fact]
    public void Answers_inactive_what_grants_do_not_allow()
    {
        var request = Offers.Request(Offers.AllGrants with { Sources = [TrackSource.Microphone] });
        var answer = Offers.Answered(Offers.Small(), request);
        Assert.True(answer.Peer.Media[0].Publishes);
        Assert.False(answer.Peer.Media[1].Publishes);
        Assert.True(answer.Peer.Media[1].Receives);

        var deaf = Offers.Answered(Offers.Small(), Offers.Request(Offers.AllGrants with { CanSubscribe = false }));
        Assert.All(deaf.Peer.Media, media => Assert.Null(media.Slot));
        Assert.All(Offers.Parse(deaf.Sdp).Media, media => Assert.NotNull(media.Find("recvonly")));

        var screen = Offers.Small("a=content:slides").Replace("sendrecv", "sendonly", StringComparison.Ordinal);
        var silent = Offers.Answered(screen, request);
        Assert.NotNull(Offers.Parse(silent.Sdp).Media[1].Find("inactive"));
        Assert.NotEqual(0, Offers.Parse(silent.Sdp).Media[1].Port);
    }

    [Theory]
    [InlineData("sendonly", "canPublish")]
    [InlineData("recvonly", "canSubscribe")]
    public void Refuses_as_not_allowed_when_grants_leave_nothing(string direction, string grant)
    {
        var grants = Offers.AllGrants with { CanPublish = false, CanSubscribe = false };
        var offer = Offers.Small().Replace("sendrecv", direction, StringComparison.Ordinal);
        var (_, refusal) = Offers.Answer(offer, Offers.Request(grants));
        Assert.Equal(SdpRefusalKind.NotAllowed, refusal?.Kind);
        Assert.Contains(grant, refusal?.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_only_one_way_on_the_one_way_endpoints()
    {
        var whip = Offers.Parse(Offers.Answered(Offers.Small(), Offers.Request(use: SessionUse.Publish)).Sdp);
        Assert.All(whip.Media, media => Assert.NotNull(media.Find("recvonly")));
        var whep = Offers.Parse(Offers.Answered(Offers.Small(), Offers.Request(use: SessionUse.Play)).Sdp);
        Assert.All(
            whep.Media,
            media => Assert.StartsWith("live ", media.Find("msid")?.Argument, StringComparison.Ordinal)
        );
        var (_, refusal) = Offers.Answer(
            Offers.Small().Replace("sendrecv", "recvonly", StringComparison.Ordinal),
            Offers.Request(use: SessionUse.Publish)
        );
        Assert.Contains("must send", refusal?.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Restarts_ice_with_new_credentials_and_keeps_everything_else()
    {
        var first = Offers.Answered(Offers.Small());
        var restart = Offers.Small().Replace("ice-ufrag:abcd", "ice-ufrag:efgh", StringComparison.Ordinal);
        var second = Offers.Answered(restart, Offers.Request(previous: Offers.Previous(first)), seed: 9);
        Assert.NotEqual(first.Peer.Ice.LocalUfrag, second.Peer.Ice.LocalUfrag);
        Assert.NotEqual(first.Peer.Ice.LocalPwd, second.Peer.Ice.LocalPwd);
        Assert.Equal("efgh", second.Peer.Ice.RemoteUfrag);
        Assert.Equal(first.Peer.Media.Select(media => media.Slot), second.Peer.Media.Select(media => media.Slot));
        Assert.Equal(Offers.Parse(first.Sdp).Origin[1], Offers.Parse(second.Sdp).Origin[1]);
        Assert.Equal("2", Offers.Parse(second.Sdp).Origin[2]);
    }

    [Fact]
    public void Lets_a_stopped_m_line_be_taken_over_by_another()
    {
        var first = Offers.Answered(Offers.Small());
        var stopped = Offers
            .Small()
            .Replace("BUNDLE 0 1", "BUNDLE 0", StringComparison.Ordinal)
            .Replace("m=video 9", "m=video 0", StringComparison.Ordinal);
        var second = Offers.Answered(stopped, Offers.Request(previous: Offers.Previous(first)));
        Assert.Equal(0, Offers.Parse(second.Sdp).Media[1].Port);
        Assert.Equal("0", Assert.Single(second.Peer.Media).Mid);

        var recycled = Offers
            .Small()
            .Replace("BUNDLE 0 1", "BUNDLE 0 7", StringComparison.Ordinal)
            .Replace("a=mid:1", "a=mid:7", StringComparison.Ordinal);
        var third = Offers.Answered(recycled, Offers.Request(previous: Offers.Previous(second)), seed: 3);
        Assert.Equal(["0", "7"], third.Peer.Media.Select(media => media.Mid));
        Assert.NotEqual(first.Peer.Media[1].Slot, third.Peer.Media[1].Slot);
        Assert.Equal(3, third.Peer.Revision);
    }

    [Theory]
    [InlineData("a=mid:1", "a=mid:2", "order must stay")]
    [InlineData("a=fingerprint:sha-256 AB", "a=fingerprint:sha-256 AC", "fingerprint changed")]
    public void Refuses_a_next_offer_that_does_not_continue_the_session(string old, string replacement, string reason)
    {
        var first = Offers.Answered(Offers.Small());
        var next = Offers
            .Small()
            .Replace(old, replacement, StringComparison.Ordinal)
            .Replace("BUNDLE 0 1", $"BUNDLE 0 {replacement[^1]}", StringComparison.Ordinal)
            .Replace("BUNDLE 0 C", "BUNDLE 0 1", StringComparison.Ordinal);
        var (_, refusal) = Offers.Answer(next, Offers.Request(previous: Offers.Previous(first)));
        Assert.Contains(reason, refusal?.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Keeps_transport_wide_feedback_only_with_its_header_extension()
    {
        const string feedback = "a=rtcp-fb:* transport-cc\r\na=rtcp-fb:96 goog-remb\r\na=rtcp-fb:96 nack";
        var without = Offers.Answered(Offers.Small(feedback)).Peer.Media[1].Codecs[0];
        Assert.Equal(["goog-remb", "nack"], without.Feedback);
        var with = Offers.Answered(Offers.Small($"{feedback}\r\na=extmap:3 {ServedExtensions.TransportWide}"));
        Assert.Equal(["transport-cc", "nack"], with.Peer.Media[1].Codecs[0].Feedback);
    }

    [Fact]
    public void Gives_tcp_a_lower_priority_than_any_udp()
    {
        var candidates = Candidates
            .Of([.. Enumerable.Range(1, 4).Select(i => new MediaAddress($"203.0.113.{i}", 40000, 40001))])
            .Select(text => text.Split(' '))
            .ToList();
        var priorities = candidates.ConvertAll(fields =>
            uint.Parse(fields[3], System.Globalization.CultureInfo.InvariantCulture)
        );
        Assert.Equal(8, priorities.Distinct().Count());
        Assert.True(
            priorities.Where((_, i) => candidates[i][2] == "udp").Min()
                > priorities.Where((_, i) => candidates[i][2] == "tcp").Max()
        );
    }

    /// <summary>Any offer, however it was mangled, is refused or answered with the same m-lines in the same order.</summary>
    [Property(MaxTest = 500)]
    public Property Answers_or_refuses_whatever_is_done_to_an_offer() =>
        Prop.ForAll(
            Mutations.ToArbitrary(),
            text =>
            {
                var (answer, refusal) = Offers.Answer(text);
                if (answer is null)
                {
                    return refusal is { Reason.Length: > 0 };
                }

                var description = Offers.Parse(answer.Sdp);
                return Offers.Mids(description).SequenceEqual(Offers.Mids(Offers.Parse(text)), StringComparer.Ordinal)
                    && description
                        .Media.Zip(Offers.Parse(text).Media)
                        .All(pair => pair.First.Media == pair.Second.Media)
                    && refusal is null;
            }
        );

    private static Gen<string> Mutations =>
        from name in Gen.Elements(Offers.Names.ToArray())
        from count in Gen.Choose(1, 6)
        from steps in Gen.ArrayOf(Gen.Choose(0, int.MaxValue), count * 3)
        select Mutate(Offers.Read(name), steps);

    private static string Mutate(string offer, int[] steps)
    {
        var lines = offer.Split("\r\n").ToList();
        for (var i = 0; i + 2 < steps.Length; i += 3)
        {
            var (what, where, with) = (steps[i] % 5, steps[i + 1] % lines.Count, steps[i + 2]);
            var line = lines[where];
            switch (what)
            {
                case 0:
                    lines.RemoveAt(where);
                    break;
                case 1:
                    lines.Insert(with % lines.Count, line);
                    break;
                case 2 when line.Length > 0:
                    lines[where] = line.Remove(with % line.Length, 1);
                    break;
                case 3 when line.Length > 0:
                    lines[where] = line.Insert(with % line.Length, ((char)(' ' + (with % 95))).ToString());
                    break;
                default:
                    lines[where] = lines[with % lines.Count];
                    break;
            }
        }

        return string.Join("\r\n", lines);
    }
}
