using EventMeet.Media.Rooms;
using EventMeet.Media.Values;
using EventMeet.Testing.Network;
using EventMeet.Testing.Peers;

namespace EventMeet.Media.Tests.Conversations;

/// <summary>How peers and rooms begin, change and end, and which orders are refused.</summary>
public sealed class LifecycleTests
{
    private static readonly TimeSpan AWhile = TimeSpan.FromSeconds(3);

    [Fact]
    public void A_participant_who_vanishes_has_left_after_thirty_seconds_exactly_once()
    {
        using var meeting = new VirtualMeeting();
        var peers = JoinAll(meeting, 2);
        meeting.Run(AWhile);
        meeting.Vanish(2);

        meeting.Run(TimeSpan.FromSeconds(24));
        Assert.Empty(meeting.Facts.OfType<ParticipantLeft>());
        meeting.Run(TimeSpan.FromSeconds(60));

        Assert.Equal(LeaveReason.ConnectionLost, Assert.Single(meeting.Facts.OfType<ParticipantLeft>()).Reason);
        Assert.Equal("lost", Assert.Single(peers[0].InCall.Of("left")).Text("reason"));
        Assert.Equal(1, meeting.Engine.PeerCount);
    }

    [Fact]
    public void Whoever_never_connects_is_given_up_after_thirty_seconds()
    {
        using var meeting = new VirtualMeeting();
        var watcher = JoinAll(meeting, 1)[0];
        Assert.Equal(EngineRefusal.None, meeting.Admit(new Guest { Number = 5 }));

        meeting.Run(TimeSpan.FromSeconds(29));
        Assert.Equal(2, meeting.Engine.PeerCount);
        meeting.Run(TimeSpan.FromSeconds(2));

        var left = Assert.Single(meeting.Facts.OfType<ParticipantLeft>());
        Assert.Equal(("sess_5", LeaveReason.NeverConnected), (left.Session, left.Reason));
        Assert.Empty(watcher.InCall.Of("left"));
        Assert.Single(meeting.Facts.OfType<ParticipantJoined>());
    }

    [Fact]
    public void A_peer_that_does_not_connect_keeps_nobody_awake()
    {
        using var meeting = new VirtualMeeting();
        _ = meeting.Admit(new Guest { Number = 5 });

        meeting.Run(TimeSpan.FromSeconds(60));

        Assert.InRange(meeting.Turns, 1, 20);
        Assert.IsType<RoomEmptied>(meeting.Facts[^1]);
    }

    [Fact]
    public void A_peer_that_is_reached_but_cannot_prove_who_it_is_never_connected()
    {
        using var meeting = new VirtualMeeting();
        var impostor = meeting.JoinWithWrongCertificate(new Guest { Number = 1 });

        meeting.Run(AWhile);

        Assert.False(impostor.IsConnected);
        Assert.Equal(LeaveReason.NeverConnected, Assert.Single(meeting.Facts.OfType<ParticipantLeft>()).Reason);
        Assert.Empty(meeting.Facts.OfType<ParticipantJoined>());
    }

    [Fact]
    public void A_room_that_nobody_is_in_ends_after_its_time_and_not_when_somebody_comes_back()
    {
        using var meeting = new VirtualMeeting();
        var first = JoinAll(meeting, 1)[0];
        meeting.Run(AWhile);
        meeting.Leave(first);
        meeting.Run(TimeSpan.FromSeconds(9));
        var second = meeting.Join(new Guest { Number = 2 });
        meeting.Run(TimeSpan.FromSeconds(20));
        Assert.Empty(meeting.Facts.OfType<RoomEmptied>());

        meeting.Leave(second);
        meeting.Run(TimeSpan.FromSeconds(9));
        Assert.Empty(meeting.Facts.OfType<RoomEmptied>());
        meeting.Run(TimeSpan.FromSeconds(2));
        Assert.Single(meeting.Facts.OfType<RoomEmptied>());
    }

    [Fact]
    public void Orders_of_an_older_epoch_or_revision_are_refused()
    {
        using var meeting = new VirtualMeeting();
        var guest = new Guest { Number = 1 };
        meeting.Parameters = meeting.Parameters with { Epoch = 5 };
        _ = meeting.Join(guest with { Revision = 3 });
        meeting.Run(AWhile);

        meeting.Parameters = meeting.Parameters with { Epoch = 4 };
        Assert.Equal(EngineRefusal.OldEpoch, meeting.Admit(new Guest { Number = 2 }));
        Assert.Equal(EngineRefusal.OldEpoch, meeting.Update(guest with { Revision = 4 }));
        Assert.Equal(EngineRefusal.OldEpoch, Close(meeting, 4, "sess_1"));
        Assert.Equal(
            EngineRefusal.OldEpoch,
            meeting.Order((engine, now) => engine.CloseRoom(VirtualMeeting.Room, 4, LeaveReason.RoomEnded, now))
        );
        meeting.Parameters = meeting.Parameters with { Epoch = 5 };
        Assert.Equal(EngineRefusal.OldRevision, meeting.Update(guest with { Revision = 3 }));
        Assert.Equal(EngineRefusal.UnknownSession, meeting.Update(guest with { Number = 8, Revision = 9 }));
        Assert.Equal(EngineRefusal.None, Close(meeting, 5, "sess_nobody"));
        Assert.Empty(meeting.Facts.OfType<ParticipantLeft>());
    }

    [Fact]
    public void A_late_order_does_not_revive_a_room_that_has_ended()
    {
        using var meeting = new VirtualMeeting();
        _ = JoinAll(meeting, 1);
        meeting.Run(AWhile);
        _ = meeting.Order((engine, now) => engine.CloseRoom(VirtualMeeting.Room, 1, LeaveReason.RoomEnded, now));

        Assert.Equal(EngineRefusal.OldEpoch, meeting.Admit(new Guest { Number = 2 }));

        meeting.Parameters = meeting.Parameters with { Epoch = 2 };
        Assert.Equal(EngineRefusal.None, meeting.Admit(new Guest { Number = 3 }));
    }

    [Fact]
    public void A_newer_epoch_begins_the_room_anew()
    {
        using var meeting = new VirtualMeeting();
        _ = JoinAll(meeting, 2);
        meeting.Run(AWhile);

        meeting.Parameters = meeting.Parameters with { Epoch = 2 };
        var anew = meeting.Join(new Guest { Number = 7 });
        meeting.Run(AWhile);

        Assert.Equal(2, meeting.Facts.Count(fact => fact is ParticipantLeft { Epoch: 1 }));
        Assert.Single(meeting.Facts, fact => fact is RoomEmptied { Epoch: 1 });
        Assert.Equal(1, meeting.Facts.First(fact => fact.Epoch == 2).Sequence);
        Assert.Single(anew.InCall.Of("welcome")[0].GetProperty("participants").EnumerateArray());
    }

    [Fact]
    public void Full_rooms_taken_ufrags_and_nonsense_are_refused()
    {
        using var meeting = new VirtualMeeting();
        meeting.Parameters = meeting.Parameters with { MaxPeers = 2 };
        Assert.Equal(EngineRefusal.None, meeting.Admit(new Guest { Number = 1 }));
        Assert.Equal(EngineRefusal.UfragTaken, meeting.Admit(new Guest { Number = 1 }));
        Assert.Equal(EngineRefusal.None, meeting.Admit(new Guest { Number = 2 }));
        Assert.Equal(EngineRefusal.RoomFull, meeting.Admit(new Guest { Number = 3 }));
        Assert.Equal(2, meeting.Engine.PeerCount);
    }

    [Fact]
    public void A_ufrag_of_somebody_else_is_refused_in_an_update_too()
    {
        using var meeting = new VirtualMeeting();
        _ = JoinAll(meeting, 2);
        meeting.Run(AWhile);
        var stolen = new Guest { Number = 2, Revision = 2 };

        var refusal = meeting.Order(
            (engine, now) =>
            {
                var parameters = stolen.ToParameters(VirtualMeeting.GuestFingerprint);
                parameters = parameters with
                {
                    Ice = parameters.Ice with
                    {
                        LocalUfrag = new Guest { Number = 1 }
                            .Ice
                            .LocalUfrag,
                    },
                };
                return engine.UpdatePeer(VirtualMeeting.Room, 1, parameters, now);
            }
        );

        Assert.Equal(EngineRefusal.UfragTaken, refusal);
    }

    [Fact]
    public void The_next_offer_adds_slots_and_a_shared_screen_while_media_goes_on()
    {
        using var meeting = new VirtualMeeting();
        var guest = new Guest { Number = 1, VideoSlots = 1 };
        var peer = meeting.Join(guest);
        var others = Enumerable
            .Range(2, 3)
            .Select(number => meeting.Join(new Guest { Number = (ushort)number }))
            .ToArray();
        meeting.Run(AWhile);

        Assert.Equal(
            EngineRefusal.None,
            meeting.Update(guest with { Revision = 2, VideoSlots = 3, ScreenShare = true })
        );
        meeting.Run(AWhile);

        Assert.Equal([2, 3, 4], peer.Met(MediaKind.Video));
        var screen = meeting.Facts.OfType<TrackPublished>().Single(fact => fact.Source is TrackSource.ScreenShare);
        Assert.Equal("p1", screen.Participant);
        Assert.All(
            others,
            other => Assert.Equal(2, other.CarriedNow().Count(slot => slot.Key[0] == 'v' && slot.Value is "p1"))
        );
        Assert.All(peer.Slots, slot => Assert.Equal(0, slot.PacketsLost));

        Assert.Equal(
            EngineRefusal.None,
            meeting.Update(guest with { Revision = 3, VideoSlots = 1, ScreenShare = false })
        );
        meeting.Run(AWhile);

        Assert.Single(meeting.Facts.OfType<TrackUnpublished>());
        Assert.All(
            others,
            other => Assert.Equal(1, other.CarriedNow().Count(slot => slot.Key[0] == 'v' && slot.Value is "p1"))
        );
        Assert.Empty(meeting.Complaints);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_browser_that_chooses_other_ssrcs_is_seen_again(bool announced)
    {
        using var meeting = new VirtualMeeting();
        var viewer = meeting.Join(new Guest { Number = 1 });
        var guest = new Guest { Number = 2 };
        var publisher = meeting.Join(guest);
        meeting.Run(AWhile);

        var next = guest with { SsrcGeneration = 1, Revision = 2 };
        if (announced)
        {
            Assert.Equal(EngineRefusal.None, meeting.Update(next));
        }
        else
        {
            publisher.Update(next.ToSession(VirtualMeeting.Server, publisher.Session.Fingerprint), meeting.Now);
        }

        meeting.Run(AWhile);

        Assert.True(meeting.Now - viewer.SlotOf("v0").Viewer.Sights[2].LastAt < TimeSpan.FromMilliseconds(200));
        Assert.True(meeting.Now - viewer.SlotOf("a0").Viewer.Sights[2].LastAt < TimeSpan.FromMilliseconds(200));
        Assert.Equal("p2", viewer.CarriedNow()["v0"]);
        Assert.InRange(viewer.SlotOf("v0").Viewer.LongestFreeze.TotalMilliseconds, 0, 1500);
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void The_next_offers_token_may_allow_less_and_name_anew()
    {
        using var meeting = new VirtualMeeting();
        var viewer = meeting.Join(new Guest { Number = 1 });
        var guest = new Guest { Number = 2 };
        var publisher = meeting.Join(guest);
        meeting.Run(AWhile);

        var less = Guest.Everything with { Sources = [TrackSource.Microphone], CanSubscribe = false };
        Assert.Equal(EngineRefusal.None, meeting.Update(guest with { Revision = 2, Grants = less, Name = "Grace" }));
        meeting.Run(TimeSpan.FromMilliseconds(200));
        var (seen, heard) = (viewer.SlotOf("v0").PacketsReceived, viewer.SlotOf("a0").PacketsReceived);
        var received = publisher.Slots.Sum(slot => slot.PacketsReceived);
        meeting.Run(AWhile);

        Assert.Equal(seen, viewer.SlotOf("v0").PacketsReceived);
        Assert.True(viewer.SlotOf("a0").PacketsReceived > heard + 100);
        Assert.Equal(received, publisher.Slots.Sum(slot => slot.PacketsReceived));
        Assert.Equal("Grace", Assert.Single(viewer.InCall.Of("updated")).GetProperty("participant").Text("name"));
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void Ice_starts_anew_while_media_goes_on()
    {
        using var meeting = new VirtualMeeting();
        var peers = JoinAll(meeting, 2);
        meeting.Run(AWhile);
        var guest = new Guest { Number = 1 };

        Assert.Equal(EngineRefusal.None, meeting.Update(guest with { Revision = 2, IceGeneration = 1 }));
        meeting.Run(TimeSpan.FromSeconds(40));

        Assert.False(peers[0].HasFailed);
        Assert.All(peers.SelectMany(peer => peer.Slots), slot => Assert.Equal(0, slot.PacketsLost));
        Assert.All(
            peers.SelectMany(peer => peer.Slots).Where(slot => slot.Viewer.FramesDecoded > 0),
            slot => Assert.True(slot.Viewer.LongestFreeze < TimeSpan.FromMilliseconds(150))
        );
        // The old ufrag is honoured no longer: somebody else may have it.
        Assert.Equal(EngineRefusal.None, meeting.Admit(guest with { Number = 1 }));
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void A_peer_whose_nat_gives_it_another_port_goes_on()
    {
        using var meeting = new VirtualMeeting();
        var peers = JoinAll(meeting, 2);
        meeting.Run(AWhile);

        meeting.Rebind(1);
        meeting.Run(TimeSpan.FromSeconds(20));

        // The next consent check, six seconds away at most, tells the engine.
        Assert.InRange(peers[1].SlotOf("v0").Viewer.LongestFreeze.TotalSeconds, 0, 7);
        Assert.True(meeting.Now - peers[1].SlotOf("v0").Viewer.Sights[1].LastAt < TimeSpan.FromSeconds(1));
        Assert.True(meeting.Now - peers[0].SlotOf("v0").Viewer.Sights[2].LastAt < TimeSpan.FromSeconds(1));
        Assert.Empty(meeting.Facts.OfType<ParticipantLeft>());
        Assert.Empty(meeting.Complaints);
    }

    [Theory]
    [InlineData(LeaveReason.Removed, "removed", "removed")]
    [InlineData(LeaveReason.Replaced, "replaced", "replaced")]
    [InlineData(LeaveReason.RoomEnded, "roomEnded", "ended")]
    public void A_session_that_is_closed_is_told_why(LeaveReason reason, string self, string others)
    {
        using var meeting = new VirtualMeeting();
        var peers = JoinAll(meeting, 2);
        meeting.Run(AWhile);

        Assert.Equal(
            EngineRefusal.None,
            meeting.Order((engine, now) => engine.ClosePeer(VirtualMeeting.Room, 1, "sess_2", reason, now))
        );
        meeting.Run(TimeSpan.FromSeconds(1));

        Assert.Equal(self, Assert.Single(peers[1].InCall.Of("removed")).Text("reason"));
        Assert.True(peers[1].IsClosed);
        Assert.Equal(others, Assert.Single(peers[0].InCall.Of("left")).Text("reason"));
        Assert.Equal(reason, Assert.Single(meeting.Facts.OfType<ParticipantLeft>()).Reason);
    }

    [Fact]
    public void When_the_worker_stops_everybody_leaves_and_every_room_is_emptied()
    {
        using var meeting = new VirtualMeeting();
        var peers = JoinAll(meeting, 3);
        meeting.Run(AWhile);

        _ = meeting.Order(
            (engine, now) =>
            {
                engine.CloseAll(LeaveReason.WorkerStopping, now);
                return EngineRefusal.None;
            }
        );
        meeting.Run(AWhile);

        Assert.Equal(
            3,
            meeting.Facts.OfType<ParticipantLeft>().Count(fact => fact.Reason is LeaveReason.WorkerStopping)
        );
        Assert.IsType<RoomEmptied>(meeting.Facts[^1]);
        Assert.All(peers, peer => Assert.True(peer.IsClosed));
        Assert.Equal((0, 0), (meeting.Engine.RoomCount, meeting.Engine.PeerCount));
    }

    [Fact]
    public void Ten_rooms_do_not_hear_of_each_other()
    {
        using var meeting = new VirtualMeeting();
        var peers = new List<VirtualPeer>();
        for (ushort number = 1; number <= 20; number++)
        {
            meeting.Parameters = meeting.Parameters with { Id = $"room_{(number + 1) / 2}" };
            peers.Add(meeting.Join(new Guest { Number = number }));
        }

        meeting.Run(AWhile);

        Assert.Equal(10, meeting.Engine.RoomCount);
        foreach (var peer in peers)
        {
            var partner = peer.Options.Number % 2 == 1 ? peer.Options.Number + 1 : peer.Options.Number - 1;
            Assert.Equal([partner], peer.Met(MediaKind.Video));
        }

        Assert.Empty(meeting.Complaints);
    }

    private static EngineRefusal Close(VirtualMeeting meeting, long epoch, string session) =>
        meeting.Order((engine, now) => engine.ClosePeer(VirtualMeeting.Room, epoch, session, LeaveReason.Left, now));

    private static VirtualPeer[] JoinAll(VirtualMeeting meeting, int count) =>
        [.. Enumerable.Range(1, count).Select(number => meeting.Join(new Guest { Number = (ushort)number }))];
}
