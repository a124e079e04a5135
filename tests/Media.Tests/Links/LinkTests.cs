using EventMeet.Media.Links;
using EventMeet.Media.Relays;
using EventMeet.Media.Rooms;
using EventMeet.Media.Tests.Relays;
using EventMeet.Media.Values;
using EventMeet.Testing.Network;
using EventMeet.Testing.Peers;

namespace EventMeet.Media.Tests.Links;

/// <summary>
/// What joins a home with its branches: what crosses a link and what does not, how a branch begins and ends, and what happens when an
/// engine lags behind. That a room on several shards is like any other is shown by the conversations that run on two and three.
/// </summary>
public sealed class LinkTests
{
    private static readonly TimeSpan AWhile = TimeSpan.FromSeconds(3);

    [Fact]
    public void A_track_crosses_a_link_once_however_many_want_it()
    {
        using var meeting = new VirtualMeeting(shards: 2);
        var publisher = meeting.Join(At(1, shard: 0));
        for (ushort number = 2; number <= 6; number++)
        {
            _ = meeting.Join(Viewer(number, shard: 1));
        }

        meeting.Run(AWhile);

        var sent = publisher.Tracks.SelectMany(track => track.Streams).Sum(stream => stream.PacketsSent);
        var link = meeting.Links[(0, 1)];
        // The first packets of each track come before anybody can have asked for it.
        Assert.InRange(link.Packets, sent - 20, sent);
        Assert.Equal(0, meeting.Links[(1, 0)].Packets);
        Assert.Equal(link.Packets, meeting.Engines[1].PacketsLinked);
        Assert.All(meeting.Peers.Skip(1), viewer => Assert.Equal([1], viewer.Met(MediaKind.Video)));
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void What_a_branch_publishes_goes_to_another_branch_through_the_home_alone()
    {
        using var meeting = new VirtualMeeting(shards: 3);
        var publisher = meeting.Join(At(1, shard: 1));
        var viewer = meeting.Join(Viewer(2, shard: 2));

        meeting.Run(AWhile);

        var sent = publisher.Tracks.SelectMany(track => track.Streams).Sum(stream => stream.PacketsSent);
        Assert.Equal([1], viewer.Met(MediaKind.Video));
        Assert.InRange(meeting.Links[(1, 0)].Packets, sent - 20, sent);
        Assert.Equal(meeting.Links[(1, 0)].Packets, meeting.Links[(0, 2)].Packets);
        Assert.All([(0, 1), (2, 0), (1, 2), (2, 1)], pair => Assert.Equal(0, meeting.Links[pair].Packets));
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void Tracks_that_nobody_on_the_other_side_wants_do_not_cross()
    {
        using var meeting = new VirtualMeeting(shards: 2);
        var publisher = meeting.Join(At(1, shard: 0));
        var viewer = meeting.Join(Viewer(2, shard: 1) with { VideoSlots = 1, AudioSlots = 0 });
        meeting.Run(AWhile);
        var link = meeting.Links[(0, 1)];
        var audio = publisher.TrackOf("mic").Streams.Sum(stream => stream.PacketsSent);
        var all = publisher.Tracks.SelectMany(track => track.Streams).Sum(stream => stream.PacketsSent);
        Assert.InRange(link.Packets, 1, all - audio);

        meeting.Leave(viewer);
        meeting.Run(TimeSpan.FromMilliseconds(100));
        var crossed = link.Packets;
        meeting.Run(AWhile);

        Assert.Equal(crossed, link.Packets);
    }

    [Theory]
    [InlineData(180)]
    [InlineData(720)]
    public void Only_the_layer_that_is_wanted_crosses(int wanted)
    {
        using var meeting = new VirtualMeeting(shards: 2);
        var publisher = meeting.Join(At(1, shard: 0) with { SimulcastHeights = [180, 360, 720], Microphone = false });
        var viewer = meeting.Join(Viewer(2, shard: 1) with { VideoSlots = 1 });
        meeting.Say(viewer, $$"""{"type":"subscribe","mid":"v0","auto":true,"height":{{wanted}}}""");
        meeting.Run(AWhile);
        var (crossed, sent) = (meeting.Links[(0, 1)].Packets, PacketsOf(publisher, wanted));

        meeting.Run(AWhile);

        Assert.Equal(wanted, viewer.SlotOf("v0").Viewer.Height);
        Assert.Equal(PacketsOf(publisher, wanted) - sent, meeting.Links[(0, 1)].Packets - crossed);
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void A_layer_that_its_publisher_stops_is_replaced_on_the_other_side_too()
    {
        using var meeting = new VirtualMeeting(shards: 2);
        var publisher = meeting.Join(At(1, shard: 0) with { SimulcastHeights = [180, 360, 720] });
        var viewer = meeting.Join(Viewer(2, shard: 1) with { VideoSlots = 1 });
        meeting.Run(AWhile);
        Assert.Equal(720, viewer.SlotOf("v0").Viewer.Height);

        publisher.TrackOf("cam").Enable("r2", enabled: false);
        meeting.Run(AWhile);
        Assert.Equal(360, viewer.SlotOf("v0").Viewer.Height);

        publisher.TrackOf("cam").Enable("r2", enabled: true);
        meeting.Run(AWhile);
        Assert.Equal(720, viewer.SlotOf("v0").Viewer.Height);
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void Losses_on_the_last_stretch_are_repaired_by_the_branch()
    {
        using var meeting = new VirtualMeeting(seed: 9, shards: 2);
        var publisher = meeting.Join(At(1, shard: 0));
        var viewer = meeting.Join(Viewer(2, shard: 1) with { Downlink = new() { Loss = 0.05 } });

        meeting.Run(TimeSpan.FromSeconds(10));

        var slot = viewer.SlotOf("v0");
        Assert.True(slot.PacketsRecovered > 10);
        Assert.True(slot.Viewer.FramesDecoded > 140, $"{slot.Viewer.FramesDecoded} decoded");
        var sent = publisher.Tracks.SelectMany(track => track.Streams).Sum(stream => stream.PacketsSent);
        Assert.True(meeting.Links[(0, 1)].Packets <= sent, "Nothing crosses twice.");
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void A_key_frame_that_is_asked_for_on_a_branch_is_asked_of_the_publisher_once()
    {
        using var meeting = new VirtualMeeting(shards: 2);
        var publisher = meeting.Join(At(1, shard: 0));
        _ = meeting.Join(Viewer(2, shard: 1));
        meeting.Run(AWhile);
        var before = publisher.TrackOf("cam").KeyFrameRequests;

        var late = Enumerable.Range(3, 5).Select(number => meeting.Join(Viewer((ushort)number, shard: 1))).ToArray();
        var joinedAt = meeting.Now;
        meeting.Run(AWhile);

        // They connect within a moment of each other: once for all, or twice if half of them come after the key frame.
        Assert.InRange(publisher.TrackOf("cam").KeyFrameRequests - before, 1, 2);
        Assert.All(
            late.Select(viewer => viewer.SlotOf("v0").Viewer.Sights[1]),
            sight =>
            {
                Assert.True(sight.BeganWithKeyFrame);
                Assert.InRange((sight.FirstAt - joinedAt).TotalMilliseconds, 0, 700);
            }
        );
    }

    [Fact]
    public void An_engine_that_lags_behind_loses_packets_and_recovers_with_a_key_frame()
    {
        using var meeting = new VirtualMeeting(shards: 2);
        var publisher = meeting.Join(At(1, shard: 0));
        var viewer = meeting.Join(Viewer(2, shard: 1));
        meeting.Run(AWhile);
        var link = meeting.Links[(0, 1)];
        (link.Capacity, link.IsStalled) = (30, true);
        meeting.Run(TimeSpan.FromSeconds(1));
        Assert.True(link.Refused > 0);
        var requests = publisher.TrackOf("cam").KeyFrameRequests;
        Assert.Contains(
            meeting.Engine.DescribeFaults(),
            fault => fault.Key is "LinkFull" && fault.Value == link.Refused
        );

        (link.Capacity, link.IsStalled) = (1000, false);
        meeting.Drain();
        meeting.Run(TimeSpan.FromSeconds(1));
        var decoded = viewer.SlotOf("v0").Viewer.FramesDecoded;
        meeting.Run(AWhile);

        Assert.InRange(requests, 1, 4); // at most one per half second
        Assert.InRange(viewer.SlotOf("v0").Viewer.FramesDecoded - decoded, 44, 46);
        var newest = viewer.SlotOf("v0").Viewer.Sights[1].Last.Frame + 1;
        Assert.InRange(newest, publisher.TrackOf("cam").FramesSent - 1, publisher.TrackOf("cam").FramesSent);
    }

    [Fact]
    public void Messages_that_find_no_room_wait_and_keep_their_order()
    {
        using var meeting = new VirtualMeeting(shards: 2);
        var first = meeting.Join(At(1, shard: 0));
        var second = meeting.Join(At(2, shard: 1));
        meeting.Run(AWhile);
        foreach (var link in meeting.Links.Values)
        {
            (link.MessageCapacity, link.IsStalled) = (0, true);
        }

        for (var i = 0; i < 10; i++)
        {
            meeting.Say(first, $$"""{"type":"chat","text":"from home {{i}}"}""");
            meeting.Say(second, $$"""{"type":"chat","text":"from branch {{i}}"}""");
            meeting.Run(TimeSpan.FromMilliseconds(100));
        }

        Assert.DoesNotContain(second.InCall.Of("chat"), _ => true);
        foreach (var link in meeting.Links.Values)
        {
            (link.MessageCapacity, link.IsStalled) = (3, false);
        }

        meeting.Run(AWhile);

        var read = first.InCall.Of("chat").Select(chat => (chat.Text("id"), chat.Text("text"))).ToArray();
        Assert.Equal(20, read.Length);
        Assert.Equal(read, second.InCall.Of("chat").Select(chat => (chat.Text("id"), chat.Text("text"))));
    }

    [Fact]
    public void An_end_that_could_not_be_told_something_begins_anew()
    {
        using var meeting = new VirtualMeeting(shards: 2);
        var first = meeting.Join(At(1, shard: 0));
        var second = meeting.Join(At(2, shard: 1));
        meeting.Run(AWhile);
        var link = meeting.Links[(1, 0)];
        (link.MessageCapacity, link.IsStalled) = (0, true);
        meeting.Parameters = meeting.Parameters with { MaxPeers = 2 };

        // Each is refused on the branch, which has to tell of it, until more waits than may.
        var refused = 0;
        while (meeting.Engines[1].RoomCount == 1 && refused < 100_000)
        {
            Assert.Equal(EngineRefusal.RoomFull, meeting.Admit(At(9, shard: 1)));
            refused++;
        }

        (link.MessageCapacity, link.IsStalled) = (1000, false);
        meeting.Run(AWhile);

        Assert.InRange(refused, 10_000, 99_999);
        Assert.True(second.IsClosed);
        Assert.False(first.IsClosed);
        var left = Assert.Single(meeting.Facts.OfType<ParticipantLeft>(), fact => fact.Session is "sess_2");
        Assert.Equal(LeaveReason.ConnectionLost, left.Reason);
        Assert.Equal(0, meeting.Engines.Sum(engine => engine.LinkCount));

        var again = meeting.Join(At(3, shard: 1));
        meeting.Run(AWhile);
        Assert.Equal([1], again.Met(MediaKind.Video));
        Assert.Equal([2, 3], first.Met(MediaKind.Video));
    }

    [Fact]
    public void A_branch_that_nobody_is_in_goes_and_comes_again()
    {
        using var meeting = new VirtualMeeting(shards: 2);
        var first = meeting.Join(At(1, shard: 0));
        var second = meeting.Join(At(2, shard: 1));
        meeting.Run(AWhile);
        Assert.Equal((1, 1), (meeting.Engines[1].RoomCount, meeting.Engines[1].LinkCount));

        meeting.Leave(second);
        meeting.Run(AWhile);
        Assert.Equal((0, 0), (meeting.Engines[1].RoomCount, meeting.Engines[1].LinkCount));
        Assert.Equal((1, 0), (meeting.Engine.RoomCount, meeting.Engine.LinkCount));

        var third = meeting.Join(At(3, shard: 1));
        meeting.Run(AWhile);

        Assert.Equal([1], third.Met(MediaKind.Video));
        Assert.Equal([2, 3], first.Met(MediaKind.Video));
        Assert.Equal(Enumerable.Range(1, meeting.Facts.Count), meeting.Facts.Select(fact => (int)fact.Sequence));
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void A_home_without_peers_of_its_own_lives_as_long_as_its_branches()
    {
        using var meeting = new VirtualMeeting(shards: 3);
        var peers = new[] { meeting.Join(At(1, shard: 1)), meeting.Join(At(2, shard: 2)) };
        meeting.Run(TimeSpan.FromSeconds(20));
        Assert.Equal(1, meeting.Engine.RoomCount);
        Assert.Equal([2], peers[0].Met(MediaKind.Video));
        Assert.DoesNotContain(meeting.Facts, fact => fact is RoomEmptied);

        foreach (var peer in peers)
        {
            meeting.Leave(peer);
        }

        meeting.Run(TimeSpan.FromSeconds(12));

        Assert.All(meeting.Engines, engine => Assert.Equal((0, 0), (engine.RoomCount, engine.LinkCount)));
        Assert.IsType<RoomEmptied>(meeting.Facts[^1]);
        Assert.Single(meeting.Facts.OfType<RoomEmptied>());
    }

    [Fact]
    public void Closing_the_room_closes_every_branch()
    {
        using var meeting = new VirtualMeeting(shards: 3);
        var peers = JoinThree(meeting);
        meeting.Run(AWhile);

        _ = meeting.Order((engine, now) => engine.CloseRoom(VirtualMeeting.Room, 1, LeaveReason.RoomEnded, now));
        meeting.Run(TimeSpan.FromSeconds(1));

        Assert.All(peers, peer => Assert.True(peer.IsClosed));
        Assert.All(peers, peer => Assert.Equal("roomEnded", peer.InCall.Of("removed")[^1].Text("reason")));
        Assert.All(
            meeting.Engines,
            engine => Assert.Equal((0, 0, 0), (engine.RoomCount, engine.PeerCount, engine.LinkCount))
        );
        var left = meeting.Facts.OfType<ParticipantLeft>().ToArray();
        Assert.Equal(["sess_1", "sess_2", "sess_3"], left.Select(fact => fact.Session).Order(StringComparer.Ordinal));
        Assert.All(left, fact => Assert.Equal(LeaveReason.RoomEnded, fact.Reason));
        Assert.IsType<RoomEmptied>(meeting.Facts[^1]);
        Assert.Equal(Enumerable.Range(1, meeting.Facts.Count), meeting.Facts.Select(fact => (int)fact.Sequence));
    }

    [Fact]
    public void A_worker_that_stops_tells_everybody_on_every_shard()
    {
        using var meeting = new VirtualMeeting(shards: 2);
        var peers = new[] { meeting.Join(At(1, shard: 0)), meeting.Join(At(2, shard: 1)) };
        meeting.Run(AWhile);

        foreach (var shard in new[] { 1, 0 })
        {
            _ = meeting.Order(
                (engine, now) =>
                {
                    engine.CloseAll(LeaveReason.WorkerStopping, now);
                    return EngineRefusal.None;
                },
                shard
            );
        }

        meeting.Run(TimeSpan.FromSeconds(1));
        Assert.All(peers, peer => Assert.True(peer.IsClosed));
        Assert.All(
            meeting.Facts.OfType<ParticipantLeft>(),
            fact => Assert.Equal(LeaveReason.WorkerStopping, fact.Reason)
        );
        Assert.Equal(2, meeting.Facts.OfType<ParticipantLeft>().Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_newer_epoch_ends_home_and_branches_of_the_older_one(int shard)
    {
        using var meeting = new VirtualMeeting(shards: 2);
        var old = new[] { meeting.Join(At(1, shard: 0)), meeting.Join(At(2, shard: 1)) };
        meeting.Run(AWhile);

        meeting.Parameters = meeting.Parameters with { Epoch = 2 };
        var next = meeting.Join(At(3, shard));
        meeting.Run(AWhile);

        Assert.All(old, peer => Assert.True(peer.IsClosed));
        Assert.True(next.InCall.IsOpen);
        Assert.Single(meeting.Facts.OfType<RoomEmptied>(), fact => fact.Epoch == 1);
        Assert.All(
            meeting.Facts.GroupBy(fact => fact.Epoch),
            facts => Assert.Equal(Enumerable.Range(1, facts.Count()), facts.Select(fact => (int)fact.Sequence))
        );
        meeting.Parameters = meeting.Parameters with { Epoch = 1 };
        Assert.Equal(EngineRefusal.OldEpoch, meeting.Admit(At(4, shard)));
    }

    [Fact]
    public void A_branch_of_a_room_that_has_ended_is_closed()
    {
        using var meeting = new VirtualMeeting(shards: 2);
        _ = meeting.Join(At(1, shard: 0));
        meeting.Run(AWhile);
        _ = meeting.Order((engine, now) => engine.CloseRoom(VirtualMeeting.Room, 1, LeaveReason.RoomEnded, now));

        Assert.Equal(EngineRefusal.None, meeting.Admit(At(2, shard: 1)));

        Assert.Equal((0, 0), (meeting.Engines[1].RoomCount, meeting.Engines[1].PeerCount));
        Assert.DoesNotContain(meeting.Facts, fact => fact is ParticipantLeft { Session: "sess_2" });
    }

    [Fact]
    public void Orders_that_contradict_where_the_room_lives_are_refused()
    {
        using var meeting = new VirtualMeeting(shards: 2);
        _ = meeting.Join(At(1, shard: 0));
        _ = meeting.Join(At(2, shard: 1));
        var room = meeting.Parameters;
        var guest = new Guest { Number = 3 }.ToParameters(VirtualMeeting.GuestFingerprint);

        EngineRefusal Admit(int shard, int? home) =>
            meeting.Order((engine, now) => engine.AdmitPeer(room with { HomeShard = home }, guest, now), shard);
        EngineRefusal Record(int shard) =>
            meeting.Order((engine, now) => engine.OpenRelay(room, RelayScene.Parameters(), now), shard);

        Assert.Equal(EngineRefusal.OtherHome, Admit(shard: 0, home: 1));
        Assert.Equal(EngineRefusal.OtherHome, Admit(shard: 1, home: null));
        Assert.Equal(EngineRefusal.UnknownHome, Admit(shard: 1, home: 7));
        Assert.Equal(EngineRefusal.OtherHome, Record(shard: 1));
        Assert.Equal(EngineRefusal.None, Admit(shard: 0, home: 0));
    }

    [Fact]
    public void The_last_place_is_given_once_even_when_two_shards_give_it_at_the_same_moment()
    {
        using var meeting = new VirtualMeeting(shards: 2);
        meeting.Parameters = meeting.Parameters with { MaxPeers = 3 };
        _ = meeting.Join(At(1, shard: 0));
        _ = meeting.Join(At(2, shard: 1));
        meeting.Links[(0, 1)].IsStalled = meeting.Links[(1, 0)].IsStalled = true;
        Assert.Equal(EngineRefusal.None, meeting.Admit(At(3, shard: 0)));
        Assert.Equal(EngineRefusal.None, meeting.Admit(At(4, shard: 1)));

        meeting.Links[(0, 1)].IsStalled = meeting.Links[(1, 0)].IsStalled = false;
        meeting.Drain();

        var left = Assert.Single(meeting.Facts.OfType<ParticipantLeft>());
        Assert.Equal(("sess_4", LeaveReason.NeverConnected), (left.Session, left.Reason));
        Assert.Equal(3, meeting.Engines.Sum(engine => engine.PeerCount));
        Assert.Equal(EngineRefusal.RoomFull, meeting.Admit(At(5, shard: 1)));
        Assert.Contains(meeting.Facts, fact => fact is ParticipantLeft { Session: "sess_5" });
    }

    [Fact]
    public void Pages_on_other_shards_read_that_a_track_has_ended_and_that_its_publisher_has_left_once()
    {
        using var meeting = new VirtualMeeting(shards: 3);
        var peers = JoinThree(meeting);
        meeting.Run(AWhile);

        var update = At(2, shard: 1) with { Camera = false, Revision = 2 };
        Assert.Equal(EngineRefusal.None, meeting.Update(update));
        meeting.Run(TimeSpan.FromSeconds(1));

        foreach (var peer in peers)
        {
            var tracks = peer.InCall.Of("tracks").Last(message => message.Text("participant") is "p2");
            Assert.Equal("microphone", Assert.Single(tracks.GetProperty("tracks").EnumerateArray()).Text("source"));
        }

        var told = peers[2].InCall.Of("tracks").Count;
        meeting.Leave(peers[1]);
        meeting.Run(TimeSpan.FromSeconds(1));

        Assert.Equal(told, peers[2].InCall.Of("tracks").Count);
        Assert.Single(peers[2].InCall.Of("left"));
        Assert.Equal(2, meeting.Facts.OfType<TrackUnpublished>().Count());
        Assert.Equal(Enumerable.Range(1, meeting.Facts.Count), meeting.Facts.Select(fact => (int)fact.Sequence));
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void The_home_closes_a_session_that_is_on_a_branch()
    {
        using var meeting = new VirtualMeeting(shards: 2);
        _ = meeting.Join(At(1, shard: 0));
        var other = meeting.Join(At(2, shard: 1));
        meeting.Run(AWhile);

        _ = meeting.Order(
            (engine, now) => engine.ClosePeer(VirtualMeeting.Room, 1, "sess_2", LeaveReason.Removed, now)
        );
        meeting.Run(TimeSpan.FromSeconds(1));

        Assert.True(other.IsClosed);
        Assert.Equal("removed", other.InCall.Of("removed")[^1].Text("reason"));
        Assert.Equal(LeaveReason.Removed, Assert.Single(meeting.Facts.OfType<ParticipantLeft>()).Reason);
    }

    [Fact]
    public void Everybody_is_told_the_same_speaker_and_late_branches_too()
    {
        using var meeting = new VirtualMeeting(shards: 3);
        var (first, second) = (meeting.Join(At(1, shard: 0)), meeting.Join(At(2, shard: 1)));
        first.TrackOf("mic").AudioLevel = 127;
        second.TrackOf("mic").AudioLevel = 20;
        meeting.Run(AWhile);
        var third = meeting.Join(Viewer(3, shard: 2));
        meeting.Run(AWhile);

        Assert.All([first, second, third], peer => Assert.Equal("p2", peer.InCall.Of("speakers")[^1].Text("dominant")));

        second.TrackOf("mic").AudioLevel = 127;
        meeting.Run(AWhile);
        Assert.All(
            [first, second, third],
            peer => Assert.Equal(0, peer.InCall.Of("speakers")[^1].GetProperty("speakers").GetArrayLength())
        );
        var told = third.InCall.Of("speakers").Count;
        meeting.Run(AWhile);
        Assert.Equal(told, third.InCall.Of("speakers").Count);
    }

    [Fact]
    public void Pages_on_branches_read_that_they_are_recorded_and_all_tracks_are()
    {
        using var scene = new RelayScene(seed: 6, shards: 3);
        var early = scene.Meeting.Join(At(2, shard: 1));
        scene.Run(2);
        _ = scene.Open(RelayScene.Parameters() with { Notice = new RelayNotice("rec_1", "Ada") });
        _ = scene.Meeting.Join(At(1, shard: 0));
        var late = scene.Meeting.Join(At(3, shard: 2));
        scene.Run(5);

        Assert.True(early.InCall.Of("recording")[^1].GetProperty("active").GetBoolean());
        Assert.True(late.InCall.Messages[0].GetProperty("recording").GetProperty("active").GetBoolean());
        Assert.Equal(6, scene.Watcher.Of<RelayTrackAdded>().Count());
        Assert.Equal(3, scene.Watcher.Of<RelayParticipantJoined>().Count());
        Assert.Equal(6, scene.Watcher.Packets.Count);
        Assert.All(scene.Watcher.Packets.Values, packets => Assert.True(packets.Count > 50));

        _ = scene.Close();
        scene.Run(1);
        Assert.False(early.InCall.Of("recording")[^1].GetProperty("active").GetBoolean());
        Assert.Empty(scene.Meeting.Complaints);
        Assert.Empty(scene.Watcher.Complaints);
    }

    [Fact]
    public void Sound_and_picture_stay_together_across_a_link()
    {
        using var meeting = new VirtualMeeting(shards: 2);
        _ = meeting.Join(At(1, shard: 0));
        var viewer = meeting.Join(Viewer(2, shard: 1));

        meeting.Run(TimeSpan.FromSeconds(5));

        Assert.All(
            viewer.Slots.Where(slot => slot.PacketsReceived > 0),
            slot => Assert.InRange(slot.Viewer.LargestClockError, TimeSpan.Zero, TimeSpan.FromMilliseconds(5))
        );
        Assert.Equal(2, viewer.Slots.Count(slot => slot.LastSenderReport is not null));
        Assert.Contains(meeting.Links[(0, 1)].Messages, message => message is SenderReported);
    }

    [Fact]
    public void Who_is_hidden_on_one_shard_is_hidden_on_all()
    {
        using var meeting = new VirtualMeeting(shards: 2);
        var seen = meeting.Join(At(1, shard: 0));
        var hidden = meeting.Join(
            Viewer(2, shard: 1) with
            {
                Grants = Guest.Everything with { Hidden = true, CanPublish = false },
            }
        );
        meeting.Run(AWhile);

        Assert.Empty(seen.InCall.Of("joined"));
        Assert.Equal([1], hidden.Met(MediaKind.Video));
        Assert.Contains(meeting.Facts, fact => fact is ParticipantJoined { Session: "sess_2" });
        meeting.Leave(hidden);
        meeting.Run(AWhile);
        Assert.Empty(seen.InCall.Of("left"));
    }

    private static VirtualPeer[] JoinThree(VirtualMeeting meeting) =>
        [meeting.Join(At(1, shard: 0)), meeting.Join(At(2, shard: 1)), meeting.Join(At(3, shard: 2))];

    private static Guest At(ushort number, int shard) => new() { Number = number, Shard = shard };

    private static Guest Viewer(ushort number, int shard) =>
        At(number, shard) with
        {
            Camera = false,
            Microphone = false,
        };

    private static long PacketsOf(VirtualPeer publisher, int height) =>
        publisher
            .TrackOf("cam")
            .Media.Encodings.Zip(publisher.TrackOf("cam").Streams)
            .First(pair => pair.First.Height == height)
            .Second.PacketsSent;
}
