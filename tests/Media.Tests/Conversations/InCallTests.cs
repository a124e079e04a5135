using System.Text.Json;
using EventMeet.Media.Rooms;
using EventMeet.Media.Values;
using EventMeet.Testing.Network;
using EventMeet.Testing.Peers;

namespace EventMeet.Media.Tests.Conversations;

/// <summary>What pages say and are told on the in-call channel, and what their grants keep from them.</summary>
public class InCallTests
{
    /// <summary>Gets over how many shards the room is spread.</summary>
    protected virtual int Shards => 1;

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan AWhile = TimeSpan.FromSeconds(2);

    [Fact]
    public void A_chat_reaches_everybody_its_author_too()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var peers = JoinAll(meeting, 3);

        meeting.Say(peers[0], """{"type":"chat","text":"good morning"}""");
        meeting.Run(Moment);

        var chats = peers.Select(peer => Assert.Single(peer.InCall.Of("chat"))).ToArray();
        Assert.All(chats, chat => Assert.Equal(("p1", "good morning"), (chat.Text("from"), chat.Text("text"))));
        Assert.Single(chats.Select(chat => chat.Text("id")).Distinct());
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void A_chat_to_one_reaches_that_one_and_its_author()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var peers = JoinAll(meeting, 3);

        meeting.Say(peers[0], """{"type":"chat","text":"only you","to":"p2"}""");
        meeting.Run(Moment);

        Assert.Equal("p2", Assert.Single(peers[1].InCall.Of("chat")).Text("to"));
        Assert.Single(peers[0].InCall.Of("chat"));
        Assert.Empty(peers[2].InCall.Of("chat"));
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void Hands_and_reactions_reach_everybody_and_a_late_joiner_sees_the_hand()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var peers = JoinAll(meeting, 2);

        meeting.Say(peers[0], """{"type":"hand","raised":true}""");
        meeting.Say(peers[1], """{"type":"reaction","reaction":"👏"}""");
        meeting.Run(Moment);
        var late = meeting.Join(new Guest { Number = 9 });
        meeting.Run(AWhile);

        Assert.All(peers, peer => Assert.Equal("p1", Assert.Single(peer.InCall.Of("hand")).Text("participant")));
        Assert.All(peers, peer => Assert.Equal("👏", Assert.Single(peer.InCall.Of("reaction")).Text("reaction")));
        var seen = late.InCall.Of("welcome")[0].GetProperty("participants").EnumerateArray();
        Assert.True(seen.Single(participant => participant.Text("id") is "p1").GetProperty("handRaised").GetBoolean());
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void Ping_is_answered_with_its_id()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var peer = JoinAll(meeting, 1)[0];

        meeting.Say(peer, """{"type":"ping","id":42}""");
        meeting.Run(Moment);

        Assert.Equal(42, Assert.Single(peer.InCall.Of("pong")).GetProperty("id").GetInt64());
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void A_name_can_be_changed_by_whoever_may()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var peers = JoinAll(meeting, 2);
        var fixedName = meeting.Join(
            new Guest { Number = 3, Grants = Guest.Everything with { CanUpdateOwnMetadata = false } }
        );
        meeting.Run(AWhile);

        meeting.Say(peers[0], """{"type":"metadata","name":"Ada","metadata":"{}"}""");
        meeting.Say(fixedName, """{"type":"metadata","name":"Eve"}""");
        meeting.Run(Moment);

        var updated = Assert.Single(peers[1].InCall.Of("updated")).GetProperty("participant");
        Assert.Equal(("p1", "Ada", "{}"), (updated.Text("id"), updated.Text("name"), updated.Text("metadata")));
        Assert.Equal("notAllowed", Assert.Single(fixedName.InCall.Of("error")).Text("code"));
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void A_moderator_mutes_and_removes_and_nobody_else_can()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var peers = JoinAll(meeting, 2);
        var moderator = meeting.Join(new Guest { Number = 3, Grants = Guest.Everything with { RoomAdmin = true } });
        meeting.Run(AWhile);

        meeting.Say(peers[0], """{"type":"moderate","action":"remove","participant":"p3"}""");
        meeting.Say(moderator, """{"type":"moderate","action":"mute","participant":"p1"}""");
        meeting.Run(Moment);

        Assert.Equal("notAllowed", Assert.Single(peers[0].InCall.Of("error")).Text("code"));
        var muted = Assert.Single(peers[0].InCall.Of("muted"));
        Assert.Equal(("mic_1", "p3"), (muted.Text("track"), muted.Text("by")));

        meeting.Say(moderator, """{"type":"moderate","action":"remove","participant":"p1"}""");
        meeting.Run(Moment);

        Assert.Equal("removed", Assert.Single(peers[0].InCall.Of("removed")).Text("reason"));
        Assert.True(peers[0].IsClosed);
        Assert.Equal("removed", Assert.Single(peers[1].InCall.Of("left")).Text("reason"));
        Assert.Equal(LeaveReason.Removed, Assert.Single(meeting.Facts.OfType<ParticipantLeft>()).Reason);
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void What_a_grant_withholds_does_not_happen_whatever_is_sent()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var watcher = meeting.Join(new Guest { Number = 1 });
        var silenced = meeting.Join(new Guest { Number = 2, Grants = Guest.Everything with { CanPublish = false } });
        var unseen = meeting.Join(
            new Guest { Number = 3, Grants = Guest.Everything with { Sources = [TrackSource.Microphone] } }
        );
        var blind = meeting.Join(new Guest { Number = 4, Grants = Guest.Everything with { CanSubscribe = false } });
        var mute = meeting.Join(new Guest { Number = 5, Grants = Guest.Everything with { CanPublishData = false } });
        meeting.Run(AWhile);

        foreach (
            var text in (string[])
                ["chat\",\"text\":\"x", "hand\",\"raised\":true,\"x\":\"", "reaction\",\"reaction\":\"x"]
        )
        {
            meeting.Say(mute, $$"""{"type":"{{text}}"}""");
        }

        meeting.Run(Moment);

        Assert.Equal([4, 5], watcher.Met(MediaKind.Video));
        Assert.Equal([3, 4, 5], watcher.Met(MediaKind.Audio));
        Assert.DoesNotContain(blind.Slots, slot => slot.PacketsReceived > 0);
        Assert.NotEmpty(silenced.Met(MediaKind.Video));
        Assert.NotEmpty(unseen.Met(MediaKind.Video));
        Assert.Equal(3, mute.InCall.Of("error").Count(error => error.Text("code") is "notAllowed"));
        Assert.Empty(watcher.InCall.Of("chat"));
        Assert.Empty(watcher.InCall.Of("hand"));
        Assert.Empty(watcher.InCall.Of("reaction"));
        Assert.DoesNotContain(meeting.Facts.OfType<TrackPublished>(), fact => fact.Participant is "p2");
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void A_hidden_participant_sees_everybody_and_is_seen_by_nobody()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var peers = JoinAll(meeting, 2);
        var hiddenGuest = new Guest { Number = 7, Grants = Guest.Everything with { Hidden = true } };
        var hidden = meeting.Join(hiddenGuest);
        meeting.Run(AWhile);
        Assert.Equal(EngineRefusal.None, meeting.Update(hiddenGuest with { Revision = 2, VideoSlots = 4 }));
        meeting.Run(Moment);
        meeting.Say(hidden, """{"type":"hand","raised":true}""");
        meeting.Say(peers[0], """{"type":"chat","text":"psst","to":"p7"}""");
        meeting.Run(Moment);
        var late = meeting.Join(new Guest { Number = 3 });
        meeting.Run(AWhile);
        meeting.Leave(hidden);
        meeting.Run(Moment);

        Assert.Equal([1, 2, 3], hidden.Met(MediaKind.Video));
        Assert.Contains(
            hidden.InCall.Of("welcome")[0].GetProperty("participants").EnumerateArray(),
            participant => participant.Text("id") is "p7"
        );
        foreach (var peer in (VirtualPeer[])[.. peers, late])
        {
            Assert.DoesNotContain(
                peer.InCall.Messages,
                message => message.GetRawText().Contains("p7", StringComparison.Ordinal)
            );
            Assert.DoesNotContain(7, peer.Met(MediaKind.Audio));
        }

        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void A_welcome_that_would_be_too_long_is_completed_by_joined()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var peers = Enumerable
            .Range(1, 12)
            .Select(number =>
                meeting.Join(
                    new Guest
                    {
                        Number = (ushort)number,
                        Camera = false,
                        Microphone = false,
                    }
                )
            )
            .ToArray();
        meeting.Run(AWhile);
        var metadata = new string('m', 3000);
        foreach (var peer in peers)
        {
            meeting.Say(peer, JsonSerializer.Serialize(new { type = "metadata", metadata }));
        }

        meeting.Run(AWhile);
        var late = meeting.Join(new Guest { Number = 20 });
        meeting.Run(AWhile);

        var welcomed = late.InCall.Of("welcome")[0].GetProperty("participants").EnumerateArray().ToArray();
        Assert.Equal("p20", welcomed[0].Text("id"));
        var joined = late.InCall.Of("joined").Select(message => message.GetProperty("participant"));
        Assert.Equal(13, welcomed.Concat(joined).Select(participant => participant.Text("id")).Distinct().Count());
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void Nonsense_is_answered_with_an_error_and_too_much_of_it_with_silence()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var peer = JoinAll(meeting, 1)[0];
        string[] nonsense =
        [
            "",
            "null",
            "[]",
            "{}",
            "{\"type\":1}",
            "{\"type\":\"chat\"}",
            "{\"type\":\"chat\",\"text\":5}",
            "{\"type\":\"chat\",\"text\":\"a\",\"text\":\"b\"}",
            "{\"type\":\"subscribe\",\"mid\":\"nowhere\"}",
            "{\"type\":\"subscribe\",\"mid\":\"v0\",\"height\":\"tall\"}",
            "{\"type\":\"mute\"}",
            new string('[', 5000),
            "{\"type\":\"chat\",\"text\":\"" + new string('x', 4001) + "\"}",
        ];

        foreach (var text in nonsense)
        {
            meeting.Say(peer, text);
        }

        meeting.Say(peer, """{"type":"tomorrow"}""");
        meeting.Run(Moment);

        Assert.Equal(nonsense.Length, peer.InCall.Of("error").Count);
        for (var i = 0; i < 500; i++)
        {
            meeting.Say(peer, """{"type":"ping","id":1}""");
        }

        meeting.Run(AWhile);
        Assert.InRange(peer.InCall.Of("pong").Count, 40, 110);
        Assert.Contains(peer.InCall.Of("error"), error => error.Text("code") is "tooMany");
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void Whoever_speaks_is_told_and_silence_is_told_once()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var peers = JoinAll(meeting, 2);
        foreach (var peer in peers)
        {
            peer.TrackOf("mic").AudioLevel = 127;
        }

        meeting.Run(AWhile);
        var before = peers[1].InCall.Of("speakers").Count;
        peers[0].TrackOf("mic").AudioLevel = 25;
        meeting.Run(TimeSpan.FromSeconds(2));
        var speaking = peers[1].InCall.Of("speakers");
        Assert.Equal("p1", speaking[^1].Text("dominant"));
        Assert.Equal("p1", speaking[^1].GetProperty("speakers")[0].Text("participant"));
        Assert.InRange(speaking.Count - before, 5, 10);

        peers[0].TrackOf("mic").AudioLevel = 127;
        meeting.Run(TimeSpan.FromSeconds(5));
        var quiet = peers[1].InCall.Of("speakers");
        Assert.Equal("p1", quiet[^1].Text("dominant"));
        Assert.Single(quiet.Skip(before), message => message.GetProperty("speakers").GetArrayLength() == 0);
        Assert.Empty(meeting.Complaints);
    }

    private static VirtualPeer[] JoinAll(VirtualMeeting meeting, int count)
    {
        VirtualPeer[] peers =
        [
            .. Enumerable.Range(1, count).Select(number => meeting.Join(new Guest { Number = (ushort)number })),
        ];
        meeting.Run(AWhile);
        return peers;
    }
}
