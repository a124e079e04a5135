using EventMeet.Functions.Sdp;

namespace EventMeet.Functions.Tests.Sdp;

/// <summary>
/// Answers to offers of real clients, kept as text so that a review sees every change. Run with
/// <c>EVENTMEET_WRITE_GOLDENS</c> set to the folder of the offers to write them anew.
/// </summary>
public class AnswererGoldenTests
{
    public static TheoryData<string> Names =>
        [.. Offers.Names.Where(name => !name.EndsWith("-second", StringComparison.Ordinal))];

    public static TheoryData<string> SecondNames =>
        [.. Offers.Names.Where(name => name.EndsWith("-second", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Names))]
    public void Answers_as_written_down(string name) =>
        Check(name, Offers.Answered(Offers.Read(name), RequestFor(name)));

    [Theory]
    [MemberData(nameof(SecondNames))]
    public void Answers_a_second_offer_of_the_same_session_as_written_down(string name)
    {
        var first = Offers.Answered(Offers.Read(name[..^"-second".Length]), RequestFor(name));
        var previous = Offers.Previous(first);
        var second = Offers.Answered(Offers.Read(name), RequestFor(name) with { Previous = previous }, seed: 2);
        Check(name, second);
        Assert.Equal(first.Peer.Ice, second.Peer.Ice);
        Assert.Equal(first.Peer.Revision + 1, second.Peer.Revision);
        foreach (var (before, now) in first.Peer.Media.Zip(second.Peer.Media))
        {
            Assert.Equal(before.Mid, now.Mid);
            Assert.Equal(before.Slot, now.Slot);
            Assert.Equal(before.Published?.Track, now.Published?.Track);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Keeps_every_m_line_in_its_place(string name)
    {
        var answer = Offers.Parse(Offers.Answered(Offers.Read(name), RequestFor(name)).Sdp);
        Assert.Equal(Offers.Mids(Offers.Parse(Offers.Read(name))), Offers.Mids(answer), StringComparer.Ordinal);
    }

    private static AnswerRequest RequestFor(string name) =>
        Offers.Request(
            use: name.Contains("whip", StringComparison.Ordinal) ? SessionUse.Publish
            : name.Contains("whep", StringComparison.Ordinal) ? SessionUse.Play
            : SessionUse.Meet
        );

    private static void Check(string name, Answer answer)
    {
        if (Environment.GetEnvironmentVariable("EVENTMEET_WRITE_GOLDENS") is { Length: > 0 } folder)
        {
            File.WriteAllText(Path.Combine(folder, $"{name}.answer.sdp"), answer.Sdp);
            return;
        }

        Assert.Equal(File.ReadAllText(Offers.AnswerPath(name)), answer.Sdp);
    }
}
