using EventMeet.Media.Packets;
using EventMeet.Media.Relays;
using EventMeet.Media.Rooms;
using EventMeet.Media.Values;
using EventMeet.Testing.Network;

namespace EventMeet.Media.Tests.Relays;

/// <summary>How relays begin, what they tell, and how they end.</summary>
public sealed class RelayLifeTests
{
    [Fact]
    public void What_happens_in_the_room_is_told_in_order()
    {
        using var scene = new RelayScene();
        scene.Watcher.Downlink = new() { Loss = 0.2, Reordering = 0.2 };
        var early = scene.Meeting.Join(new Guest { Number = 1, Camera = false });
        scene.Run(2);
        _ = scene.Open();
        scene.Run(2);
        var late = scene.Meeting.Join(new Guest { Number = 2, Camera = false });
        scene.Run(2);
        scene.Meeting.Say(late, """{"type":"metadata","name":"Grace"}""");
        scene.Meeting.Say(late, """{"type":"mute","source":"microphone","muted":true}""");
        scene.Run(2);
        scene.Meeting.Leave(late);
        scene.Run(3);

        Assert.Equal(
            [
                "hello room_1 1",
                "joined p1 identity1 Guest 1",
                "added p1 Microphone",
                "joined p2 identity2 Guest 2",
                "added p2 Microphone",
                "renamed p2 Grace",
                "muted True",
                "removed",
                "left p2",
            ],
            scene.Watcher.Messages.Where(message => message is not RelaySpeakerChanged).Select(Describe)
        );
        var joined = scene.Watcher.Of<RelayParticipantJoined>().First();
        Assert.True(joined.At < scene.Watcher.Of<RelayHello>().Single().At);
        Assert.Equal(
            joined.At,
            VirtualMeeting.Origin + (early.ConnectedAt - MonotonicTime.Zero),
            TimeSpan.FromMilliseconds(50)
        );
    }

    [Fact]
    public void A_large_room_is_told_of_whole_to_one_who_comes_late()
    {
        using var scene = new RelayScene();
        scene.Watcher.Downlink = new() { Loss = 0.05 };
        const int People = 80;
        for (ushort number = 1; number <= People; number++)
        {
            _ = scene.Meeting.Join(
                new Guest
                {
                    Number = number,
                    Camera = number <= 10,
                    AudioSlots = 0,
                    VideoSlots = 0,
                    Name = new string('n', 250),
                    BitsPerSecond = 100_000,
                }
            );
        }

        scene.Run(2);
        _ = scene.Open();
        scene.Run(3);

        Assert.Equal(
            People,
            scene.Watcher.Of<RelayParticipantJoined>().Select(each => each.Participant).Distinct().Count()
        );
        Assert.Equal(People + 10, scene.Watcher.Receiver.Tracks.Count);
        Assert.Equal(People + 10, scene.Watcher.Packets.Count);
        Assert.Empty(scene.Watcher.Complaints);
    }

    [Fact]
    public void Tracks_that_come_and_go_leave_nothing_behind()
    {
        using var scene = new RelayScene();
        _ = scene.Open();
        for (ushort number = 1; number <= 40; number++)
        {
            var peer = scene.Meeting.Join(
                new Guest
                {
                    Number = number,
                    AudioSlots = 0,
                    VideoSlots = 0,
                }
            );
            scene.Run(1);
            scene.Meeting.Leave(peer);
            scene.Run(0.5);
        }

        Assert.Empty(scene.Watcher.Receiver.Tracks);
        var added = scene.Watcher.Of<RelayTrackAdded>().Select(each => each.Track).ToArray();
        Assert.Equal(80, added.Length);
        Assert.Equal(160, added.SelectMany(each => new[] { each.Ssrc, each.RtxSsrc }).Distinct().Count());
        Assert.Equal(
            added.Select(each => each.Id).Order(),
            scene.Watcher.Of<RelayTrackRemoved>().Select(each => each.Track).Order()
        );
        Assert.All(added, track => Assert.NotEmpty(scene.Watcher.Packets[track.Id]));
    }

    [Fact]
    public void Who_has_the_floor_is_told()
    {
        using var scene = new RelayScene();
        _ = scene.Open();
        var (ada, ben) = (scene.Meeting.Join(new Guest { Number = 1 }), scene.Meeting.Join(new Guest { Number = 2 }));
        (ada.TrackOf("mic").AudioLevel, ben.TrackOf("mic").AudioLevel) = (20, 127);
        scene.Run(4);
        (ada.TrackOf("mic").AudioLevel, ben.TrackOf("mic").AudioLevel) = (127, 20);
        scene.Run(4);
        scene.Meeting.Leave(ben);
        scene.Run(4);

        Assert.Equal(["p1", "p2", null], scene.Watcher.Of<RelaySpeakerChanged>().Select(each => each.Participant));
    }

    [Fact]
    public void Hidden_participants_are_not_told_of()
    {
        using var scene = new RelayScene();
        _ = scene.Open();
        _ = scene.Meeting.Join(new Guest { Number = 1, Grants = Guest.Everything with { Hidden = true } });
        scene.Run(3);

        _ = Assert.Single(scene.Watcher.Messages);
        Assert.True(scene.Watcher.Receiver.IsConnected);
    }

    [Fact]
    public void A_room_with_nothing_but_a_relay_is_empty_and_ends()
    {
        using var scene = new RelayScene();
        _ = scene.Open();
        scene.Run(12);

        Assert.Equal(0, scene.Meeting.Engine.RoomCount);
        Assert.Equal(0, scene.Meeting.Engine.RelayCount);
        Assert.Equal(RelayEnd.RoomEnded, scene.Watcher.Receiver.End);
        Assert.Equal(RelayEnd.RoomEnded, Assert.Single(scene.Watcher.Of<RelayEnded>()).Reason);
        Assert.Equal(RelayEnd.RoomEnded, Assert.Single(scene.Meeting.RelayReports).End);
    }

    [Fact]
    public void What_was_said_last_arrives_although_the_network_is_bad()
    {
        for (var seed = 1; seed <= 10; seed++)
        {
            using var scene = new RelayScene(seed);
            (scene.Watcher.Downlink, scene.Watcher.Uplink) = (new() { Loss = 0.3 }, new() { Loss = 0.3 });
            _ = scene.Open();
            var peer = scene.Meeting.Join(new Guest { Number = 1 });
            scene.Run(5);
            scene.Meeting.Leave(peer);
            _ = scene.Close();
            scene.Run(6);

            Assert.Equal(RelayEnd.Closed, scene.Watcher.Receiver.End);
            Assert.Equal(0, scene.Meeting.Engine.RelayCount);
        }
    }

    [Fact]
    public void A_receiver_that_says_goodbye_ends_the_relay()
    {
        using var scene = new RelayScene();
        _ = scene.Open();
        _ = scene.Meeting.Join(new Guest { Number = 1 });
        scene.Run(3);

        scene.Meeting.Act(scene.Watcher, (receiver, now) => receiver.Close(now));
        scene.Run(1);

        Assert.True(scene.Watcher.Receiver.HasEnded);
        Assert.Equal(
            new RelayReport(VirtualMeeting.Room, RelayScene.Relay, RelayEnd.Closed, WasAnswered: true),
            Assert.Single(scene.Meeting.RelayReports)
        );
        Assert.Equal(0, scene.Meeting.Engine.RelayCount);
        Assert.Equal(1, scene.Meeting.Engine.RoomCount);
    }

    [Fact]
    public void A_receiver_that_dies_ends_the_relay_after_five_seconds()
    {
        using var scene = new RelayScene();
        _ = scene.Open();
        _ = scene.Meeting.Join(new Guest { Number = 1 });
        scene.Run(3);
        scene.Watcher.IsAlive = false;
        scene.Run(4);
        Assert.Equal(1, scene.Meeting.Engine.RelayCount);
        scene.Run(2.2);

        Assert.Equal(0, scene.Meeting.Engine.RelayCount);
        Assert.Equal(RelayEnd.CutOff, Assert.Single(scene.Meeting.RelayReports).End);
        var sent = scene.Meeting.Network.Sent;
        Assert.Equal(EngineRefusal.RelayEnded, scene.Open());
        scene.Meeting.Peers.Single().Tracks.ForEach(track => track.Stop());
        scene.Run(3);
        Assert.InRange(scene.Meeting.Network.Sent - sent, 0, 60);
    }

    [Fact]
    public void A_shard_that_dies_is_noticed_and_its_successor_begins_anew()
    {
        using var scene = new RelayScene();
        _ = scene.Open();
        _ = scene.Meeting.Join(new Guest { Number = 1 });
        scene.Run(3);
        scene.Watcher.Downlink = new() { Loss = 1 };
        scene.Run(4.5);
        Assert.False(scene.Watcher.Receiver.HasEnded);
        scene.Run(1);
        Assert.True(scene.Watcher.Receiver.IsCutOff);

        using var next = new RelayScene(seed: 2);
        next.Meeting.Parameters = next.Meeting.Parameters with { Epoch = 2 };
        _ = next.Open();
        _ = next.Meeting.Join(new Guest { Number = 1 });
        next.Run(3);
        Assert.Equal(2, Assert.Single(next.Watcher.Of<RelayHello>()).Epoch);
        Assert.NotEmpty(next.Watcher.Packets);
    }

    [Fact]
    public void A_receiver_that_never_answers_is_called_for_thirty_seconds_with_little()
    {
        using var scene = new RelayScene(watches: false);
        _ = scene.Meeting.Join(
            new Guest
            {
                Number = 1,
                SendsAtOnce = false,
                AudioSlots = 0,
                VideoSlots = 0,
            }
        );
        scene.Run(2);
        var before = scene.Meeting.Engine.PacketsOut;
        var addresses = Enumerable
            .Range(1, 8)
            .Select(port => RelayScene.Nowhere with { Port = (ushort)port })
            .ToArray();
        _ = scene.Open(RelayScene.Parameters() with { Addresses = addresses });
        scene.Run(29);
        Assert.Equal(1, scene.Meeting.Engine.RelayCount);
        scene.Run(2);

        Assert.Equal(0, scene.Meeting.Engine.RelayCount);
        Assert.Equal(
            new RelayReport(VirtualMeeting.Room, RelayScene.Relay, RelayEnd.CutOff, WasAnswered: false),
            Assert.Single(scene.Meeting.RelayReports)
        );
        Assert.InRange(scene.Meeting.Engine.PacketsOut - before, 8 * 25, (8 * 40) + 100);
    }

    [Fact]
    public void A_receiver_that_is_never_called_gives_up()
    {
        using var scene = new RelayScene();
        scene.Run(29);
        Assert.False(scene.Watcher.Receiver.HasEnded);
        scene.Run(2);
        Assert.True(scene.Watcher.Receiver.IsCutOff);
        Assert.Equal(MonotonicTime.Never, scene.Watcher.Receiver.NextTimeout);
    }

    [Fact]
    public void A_wrong_key_is_never_accepted()
    {
        using var scene = new RelayScene();
        _ = scene.Open(RelayScene.Parameters() with { Keys = RelayScene.Keys(2) });
        _ = scene.Meeting.Join(new Guest { Number = 1 });
        scene.Run(40);

        Assert.False(scene.Watcher.Receiver.IsConnected);
        Assert.Equal([PacketFault.SrtpWrongTag], scene.Watcher.Faults.Keys);
        Assert.Empty(scene.Watcher.Messages);
        Assert.False(Assert.Single(scene.Meeting.RelayReports).WasAnswered);
    }

    [Fact]
    public void A_worker_that_begins_anew_under_the_same_keys_is_another()
    {
        using var scene = new RelayScene();
        _ = scene.Open();
        _ = scene.Meeting.Join(new Guest { Number = 1 });
        scene.Run(3);
        using var successor = new RelayScene(seed: 2, watches: false);
        _ = successor.Open();
        scene.Watcher.Downlink = new() { Loss = 1 };
        for (var i = 0; i < 60 && !scene.Watcher.Receiver.HasEnded; i++)
        {
            successor.Run(0.1);
            while (successor.Watcher.Undelivered.TryDequeue(out var datagram))
            {
                scene.Watcher.HandleDatagram(datagram, VirtualMeeting.Server, scene.Meeting.Now);
            }

            scene.Run(0.1);
        }

        Assert.True(scene.Watcher.Receiver.IsCutOff);
        Assert.True(scene.Watcher.Faults[PacketFault.UnknownPeer] > 5);
        _ = Assert.Single(scene.Watcher.Of<RelayHello>());
    }

    [Fact]
    public void What_is_repeated_from_elsewhere_changes_nothing()
    {
        using var scene = new RelayScene();
        scene.Watcher.Downlink = new() { Duplication = 1 };
        _ = scene.Open();
        _ = scene.Meeting.Join(new Guest { Number = 1 });
        var captured = new List<byte[]>();
        scene.Meeting.Tap = datagram =>
        {
            captured.Add([.. datagram]);
            return true;
        };
        scene.Run(3);
        scene.Meeting.Tap = null;
        var count = captured.Count;
        foreach (var datagram in captured)
        {
            scene.Meeting.Inject(datagram, RelayScene.Nowhere);
        }

        var packets = scene.Watcher.PacketCount;
        scene.Run(3);
        Assert.True(count > 50);
        Assert.True(scene.Watcher.PacketCount > packets + 150);
        Assert.False(scene.Watcher.Receiver.HasEnded);
        Assert.True(scene.Watcher.Faults[PacketFault.SrtpReplayed] > 100);
        Assert.Empty(scene.Watcher.Complaints);
        Assert.Empty(scene.Meeting.RelayReports);
    }

    [Fact]
    public void A_receiver_whose_address_changes_is_followed()
    {
        using var scene = new RelayScene();
        _ = scene.Open();
        _ = scene.Meeting.Join(new Guest { Number = 1 });
        scene.Run(3);
        scene.Watcher.Address = RelayScene.There with { Port = 999 };
        var count = scene.Watcher.PacketCount;
        scene.Run(10);

        Assert.False(scene.Watcher.Receiver.HasEnded);
        Assert.True(scene.Watcher.PacketCount > count + 300);
    }

    [Fact]
    public void A_newer_epoch_ends_the_old_relay_which_may_be_asked_for_anew()
    {
        using var scene = new RelayScene();
        _ = scene.Open();
        scene.Run(1);
        scene.Meeting.Parameters = scene.Meeting.Parameters with { Epoch = 2 };
        _ = scene.Open(RelayScene.Parameters("rly_2") with { Addresses = [RelayScene.Nowhere] });
        scene.Run(1);

        Assert.Equal(RelayEnd.Moved, scene.Watcher.Receiver.End);
        Assert.Equal(1, scene.Meeting.Engine.RelayCount);
        scene.Meeting.Parameters = scene.Meeting.Parameters with { Epoch = 1 };
        Assert.Equal(EngineRefusal.OldEpoch, scene.Open(RelayScene.Parameters("rly_3")));
        Assert.Equal(EngineRefusal.OldEpoch, scene.Close("rly_2"));
        Assert.Equal(EngineRefusal.OldEpoch, scene.Pause(paused: true, "rly_2"));
    }

    [Fact]
    public void A_worker_that_stops_tells_the_receiver_so()
    {
        using var scene = new RelayScene();
        _ = scene.Open();
        scene.Run(1);
        _ = scene.Meeting.Order(
            (engine, now) =>
            {
                engine.CloseAll(LeaveReason.WorkerStopping, now);
                return EngineRefusal.None;
            }
        );
        Assert.Equal(0, scene.Meeting.Engine.RelayCount);
        scene.Run(1);

        Assert.Equal(RelayEnd.Moved, scene.Watcher.Receiver.End);
    }

    [Fact]
    public void Orders_about_relays_are_idempotent_and_bounded()
    {
        using var scene = new RelayScene();
        Assert.Equal(EngineRefusal.None, scene.Open());
        Assert.Equal(EngineRefusal.None, scene.Open());
        Assert.Equal(1, scene.Meeting.Engine.RelayCount);
        Assert.Equal(EngineRefusal.UnknownRelay, scene.Pause(paused: true, "rly_9"));
        Assert.Equal(EngineRefusal.None, scene.Close("rly_9"));
        Assert.Equal(EngineRefusal.RelayEnded, scene.Open(RelayScene.Parameters("rly_9")));
        Assert.Equal(EngineRefusal.Malformed, scene.Open(RelayScene.Parameters("rly_4") with { Addresses = [] }));
        for (var number = 20; number < 27; number++)
        {
            Assert.Equal(EngineRefusal.None, scene.Open(RelayScene.Parameters($"rly_{number}")));
        }

        Assert.Equal(EngineRefusal.TooManyRelays, scene.Open(RelayScene.Parameters("rly_30")));
        Assert.Equal(EngineRefusal.None, scene.Close());
        Assert.Equal(EngineRefusal.None, scene.Close());
    }

    [Fact]
    public void Pages_are_told_who_records_from_the_order_until_the_end()
    {
        using var scene = new RelayScene();
        var ada = scene.Meeting.Join(new Guest { Number = 1 });
        scene.Run(2);
        Assert.False(ada.InCall.Of("welcome")[^1].GetProperty("recording").GetProperty("active").GetBoolean());

        _ = scene.Open(RelayScene.Parameters() with { Notice = new RelayNotice("rec_1", "Ada") });
        scene.Run(1);
        var ben = scene.Meeting.Join(new Guest { Number = 2 });
        scene.Run(2);
        Assert.Equal(["rec_1:Ada:False"], Recordings(ada.InCall.Of("recording")[^1]));
        Assert.Equal(["rec_1:Ada:False"], Recordings(ben.InCall.Of("welcome")[^1].GetProperty("recording")));

        _ = scene.Pause(paused: true);
        scene.Run(1);
        Assert.True(ben.InCall.Of("recording")[^1].GetProperty("paused").GetBoolean());

        // Another recorder takes over: the same recording by another relay.
        _ = scene.Open(
            RelayScene.Parameters("rly_2") with
            {
                Notice = new RelayNotice("rec_1", "Ada"),
                Addresses = [RelayScene.Nowhere],
            }
        );
        scene.Run(1);
        Assert.Equal(RelayEnd.Replaced, scene.Watcher.Receiver.End);
        Assert.Equal(["rec_1:Ada:False"], Recordings(ada.InCall.Of("recording")[^1]));

        _ = scene.Close("rly_2");
        scene.Run(1);
        Assert.False(ada.InCall.Of("recording")[^1].GetProperty("active").GetBoolean());
        Assert.Empty(scene.Meeting.Complaints);
    }

    private static IEnumerable<string> Recordings(System.Text.Json.JsonElement message) =>
        message
            .GetProperty("recordings")
            .EnumerateArray()
            .Select(each => $"{each.GetProperty("id")}:{each.GetProperty("startedBy")}:{each.GetProperty("paused")}");

    private static string Describe(RelayMessage message) =>
        message switch
        {
            RelayHello hello => $"hello {hello.Room} {hello.Epoch}",
            RelayParticipantJoined joined => $"joined {joined.Participant} {joined.Identity} {joined.Name}",
            RelayParticipantRenamed renamed => $"renamed {renamed.Participant} {renamed.Name}",
            RelayParticipantLeft left => $"left {left.Participant}",
            RelayTrackAdded added => $"added {added.Track.Participant} {added.Track.Source}",
            RelayTrackRemoved => "removed",
            RelayTrackMuted muted => $"muted {muted.Muted}",
            _ => message.ToString(),
        };
}
