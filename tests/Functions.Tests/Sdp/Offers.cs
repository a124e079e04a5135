using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Sdp;

namespace EventMeet.Functions.Tests.Sdp;

/// <summary>Real offers, and what most tests answer them with.</summary>
internal static class Offers
{
    public static readonly ParticipantGrants AllGrants = new(true, true, true, null, false, false, true);

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Sdp", "Offers");

    public static IEnumerable<string> Names =>
        Directory
            .GetFiles(Folder, "*.offer.sdp")
            .Select(path => Path.GetFileName(path)[..^".offer.sdp".Length])
            .Order(StringComparer.Ordinal);

    public static string Read(string name) => File.ReadAllText(Path.Combine(Folder, $"{name}.offer.sdp"));

    public static string AnswerPath(string name) => Path.Combine(Folder, $"{name}.answer.sdp");

    public static AnswerRequest Request(
        ParticipantGrants? grants = null,
        SessionUse use = SessionUse.Meet,
        PreviousAnswer? previous = null
    ) =>
        new(
            new SessionId("sess_1"),
            new ParticipantSpec(new ParticipantId("part_1"), "alice", "Alice", null, grants ?? AllGrants),
            use,
            [new MediaAddress("203.0.113.5", 40000, 40001), new MediaAddress("2001:db8::5", 40000, null)],
            string.Concat(Enumerable.Repeat("0A1B2C3D", 8)),
            previous
        );

    public static (Answer? Answer, SdpRefusal? Refusal) Answer(
        string offer,
        AnswerRequest? request = null,
        int seed = 1
    )
    {
        Answer? answer = null;
        var refusal =
            SdpReader.TryRead(offer, out var description)
            ?? Answerer.TryAnswer(request ?? Request(), description!, new SeededChance(seed), out answer);
        return (answer, refusal);
    }

    public static Answer Answered(string offer, AnswerRequest? request = null, int seed = 1)
    {
        var (answer, refusal) = Answer(offer, request, seed);
        Assert.Null(refusal);
        return answer!;
    }

    public static SdpDescription Parse(string text)
    {
        Assert.Null(SdpReader.TryRead(text, out var description));
        return description!;
    }

    public static IEnumerable<string?> Mids(SdpDescription description) =>
        description.Media.Select(media => media.Find("mid")?.Argument);

    /// <summary>Gives the offer that continues a session: what it was answered with, read back.</summary>
    public static PreviousAnswer Previous(Answer answer) => new(Parse(answer.Sdp), answer.Peer);

    /// <summary>A small offer by the book, for tests that turn one thing.</summary>
    public static string Small(string media = "") =>
        string.Join(
            "\r\n",
            [
                "v=0",
                "o=- 1 1 IN IP4 127.0.0.1",
                "s=-",
                "t=0 0",
                "a=group:BUNDLE 0 1",
                "a=ice-ufrag:abcd",
                "a=ice-pwd:abcdefghijklmnopqrstuv",
                $"a=fingerprint:sha-256 {string.Join(':', Enumerable.Repeat("AB", 32))}",
                "a=setup:actpass",
                "m=audio 9 UDP/TLS/RTP/SAVPF 111",
                "c=IN IP4 0.0.0.0",
                "a=mid:0",
                "a=sendrecv",
                "a=rtcp-mux",
                "a=rtpmap:111 opus/48000/2",
                "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
                "c=IN IP4 0.0.0.0",
                "a=mid:1",
                "a=sendrecv",
                "a=rtcp-mux",
                "a=rtpmap:96 VP8/90000",
                "a=rtpmap:97 rtx/90000",
                "a=fmtp:97 apt=96",
                media,
            ]
        ) + (media.Length > 0 ? "\r\n" : "");
}
