using EventMeet.Media.Rooms;
using EventMeet.Media.Values;
using EventMeet.Testing.Network;
using EventMeet.Testing.Peers;

namespace EventMeet.Media.Tests.Conversations;

/// <summary>Whole meetings on virtual time: who sees and hears whom, told by what the packets carry.</summary>
public class MeetingTests
{
    /// <summary>Gets over how many shards the room is spread.</summary>
    protected virtual int Shards => 1;

    private static readonly TimeSpan AWhile = TimeSpan.FromSeconds(3);

    [Fact]
    public void Three_participants_see_and_hear_each_other()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var peers = JoinAll(meeting, 1, 2, 3);

        meeting.Run(AWhile);

        Assert.Empty(meeting.Complaints);
        foreach (var peer in peers)
        {
            int[] others = [.. new[] { 1, 2, 3 }.Where(number => number != peer.Options.Number)];
            Assert.Equal(others, peer.Met(MediaKind.Video));
            Assert.Equal(others, peer.Met(MediaKind.Audio));
            Assert.All(peer.Slots, slot => Assert.Equal(0, slot.PacketsLost));
            Assert.All(SightsOf(peer), sight => Assert.True(sight.BeganWithKeyFrame));
            Assert.InRange(peer.Slots.Sum(slot => slot.Viewer.FramesDecoded), 300, 400);
            Assert.True(peer.PacketsAcknowledged > 300);
        }
    }

    [Fact]
    public void Facts_tell_the_meeting_in_order_and_without_gaps()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var peers = JoinAll(meeting, 1, 2);
        meeting.Run(AWhile);
        meeting.Leave(peers[1]);
        meeting.Run(AWhile);
        meeting.Leave(peers[0]);
        meeting.Run(TimeSpan.FromSeconds(11));

        Assert.Equal(Enumerable.Range(1, meeting.Facts.Count), meeting.Facts.Select(fact => (int)fact.Sequence));
        Assert.Equal(2, meeting.Facts.OfType<ParticipantJoined>().Count());
        Assert.Equal(4, meeting.Facts.OfType<TrackPublished>().Count());
        Assert.Equal(4, meeting.Facts.OfType<TrackUnpublished>().Count());
        Assert.All(
            meeting.Facts.OfType<TrackPublished>(),
            fact => Assert.Contains(fact.Codec, (string[])["VP8", "opus"])
        );
        Assert.Equal(["sess_2", "sess_1"], meeting.Facts.OfType<ParticipantLeft>().Select(fact => fact.Session));
        Assert.IsType<RoomEmptied>(meeting.Facts[^1]);
        Assert.Equal(0, meeting.Engine.RoomCount);
        Assert.Equal(0, meeting.Engine.PeerCount);
    }

    [Fact]
    public void Whoever_joins_late_sees_everyone_beginning_with_a_key_frame()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        _ = JoinAll(meeting, 1, 2, 3);
        meeting.Run(AWhile);

        var late = meeting.Join(new Guest { Number = 4 });
        var joinedAt = meeting.Now;
        meeting.Run(AWhile);

        Assert.Empty(meeting.Complaints);
        Assert.Equal([1, 2, 3], late.Met(MediaKind.Video));
        Assert.Equal([1, 2, 3], late.Met(MediaKind.Audio));
        Assert.All(SightsOf(late), sight => Assert.True(sight.BeganWithKeyFrame));
        Assert.All(meeting.Peers.SelectMany(peer => peer.Slots), slot => Assert.False(slot.Viewer.BeganInTheMiddle));
        // Four round trips of 20 ms to connect, one for the key frames, and a frame's time at 15 a second.
        Assert.All(SightsOf(late), sight => Assert.InRange((sight.FirstAt - joinedAt).TotalMilliseconds, 0, 300));
    }

    [Fact]
    public void Nobody_is_sent_their_own_tracks()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var alone = meeting.Join(new Guest { Number = 1 });

        meeting.Run(AWhile);

        Assert.All(alone.Slots, slot => Assert.Equal(0, slot.PacketsReceived));
    }

    [Fact]
    public void A_participant_who_leaves_is_gone_for_the_others_at_once()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var peers = JoinAll(meeting, 1, 2, 3);
        meeting.Run(AWhile);

        meeting.Leave(peers[2]);
        meeting.Run(TimeSpan.FromMilliseconds(100));

        foreach (var peer in peers[..2])
        {
            var left = Assert.Single(peer.InCall.Of("left"));
            Assert.Equal(("p3", "left"), (left.Text("participant"), left.Text("reason")));
            Assert.DoesNotContain(peer.CarriedNow().Values, participant => participant is "p3");
        }

        Assert.Equal(LeaveReason.Left, Assert.Single(meeting.Facts.OfType<ParticipantLeft>()).Reason);
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void Joining_and_publishing_is_told_to_those_who_are_there()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var first = meeting.Join(new Guest { Number = 1 });
        meeting.Run(AWhile);
        _ = meeting.Join(new Guest { Number = 2 });
        meeting.Run(AWhile);

        var joined = Assert.Single(first.InCall.Of("joined")).GetProperty("participant");
        Assert.Equal(("p2", "identity2", "Guest 2"), (joined.Text("id"), joined.Text("identity"), joined.Text("name")));
        var tracks = first
            .InCall.Of("tracks")
            .Last(message => message.Text("participant") is "p2")
            .GetProperty("tracks");
        Assert.Equal(
            ["camera", "microphone"],
            tracks.EnumerateArray().Select(track => track.Text("source")).Order(StringComparer.Ordinal)
        );
        var opened = first.InCall.Messages[0];
        Assert.Equal("welcome", opened.Text("type"));
        Assert.Equal("p1", opened.GetProperty("self").Text("participant"));
        Assert.Equal(6, opened.GetProperty("slots").GetArrayLength());
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void What_the_page_is_told_of_its_slots_is_what_they_carry()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var peers = JoinAll(meeting, 1, 2, 3, 4);
        meeting.Run(AWhile);

        foreach (var peer in peers)
        {
            foreach (var (mid, participant) in peer.CarriedNow())
            {
                Assert.Equal(participant, $"p{peer.SlotOf(mid).Viewer.Current}");
            }

            Assert.Equal(6, peer.CarriedNow().Count(slot => slot.Value is not null));
        }
    }

    [Fact]
    public void A_muted_track_is_neither_sent_nor_in_a_slot_until_it_is_unmuted()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var peers = JoinAll(meeting, 1, 2);
        meeting.Run(AWhile);

        meeting.Say(peers[1], """{"type":"mute","source":"camera","muted":true}""");
        meeting.Run(TimeSpan.FromMilliseconds(200));
        var received = VideoReceived(peers[0]);
        meeting.Run(AWhile);

        Assert.Equal(received, VideoReceived(peers[0]));
        Assert.DoesNotContain(peers[0].CarriedNow(), slot => slot.Key[0] == 'v' && slot.Value is not null);
        Assert.Contains(
            peers[0].InCall.Of("tracks")[^1].GetProperty("tracks").EnumerateArray(),
            track => track.Text("source") is "camera" && track.GetProperty("muted").GetBoolean()
        );

        meeting.Say(peers[1], """{"type":"mute","source":"camera","muted":false}""");
        meeting.Run(AWhile);

        Assert.True(VideoReceived(peers[0]) > received);
        Assert.Equal("p2", peers[0].CarriedNow()["v0"]);
        Assert.Empty(meeting.Complaints);
    }

    private static VirtualPeer[] JoinAll(VirtualMeeting meeting, params ushort[] numbers) =>
        [.. numbers.Select(number => meeting.Join(new Guest { Number = number }))];

    private static IEnumerable<Sight> SightsOf(VirtualPeer peer) =>
        peer.Slots.SelectMany(slot => slot.Viewer.Sights.Values);

    private static long VideoReceived(VirtualPeer peer) =>
        peer.Slots.Where(slot => slot.Media.Kind is MediaKind.Video).Sum(slot => slot.PacketsReceived);
}
