using EventMeet.Media.Values;
using EventMeet.Testing.Network;
using EventMeet.Testing.Peers;

namespace EventMeet.Media.Tests.Conversations;

/// <summary>What slots carry: who is chosen, who is pinned, which layer, and that a switch leaves no seam.</summary>
public class SlotTests
{
    /// <summary>Gets over how many shards the room is spread.</summary>
    protected virtual int Shards => 1;

    private static readonly TimeSpan AWhile = TimeSpan.FromSeconds(3);

    [Fact]
    public void A_pin_is_obeyed_and_auto_gives_the_slot_back()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var viewer = meeting.Join(new Guest { Number = 1, VideoSlots = 1 });
        Enumerable.Range(2, 3).ToList().ForEach(number => meeting.Join(new Guest { Number = (ushort)number }));
        meeting.Run(AWhile);
        var chosen = viewer.CarriedNow()["v0"];

        meeting.Say(viewer, """{"type":"subscribe","mid":"v0","participant":"p4","source":"camera"}""");
        meeting.Run(AWhile);
        Assert.Equal("p4", viewer.CarriedNow()["v0"]);
        Assert.Equal(4, viewer.SlotOf("v0").Viewer.Current);

        meeting.Say(viewer, """{"type":"subscribe","mid":"v0","auto":true}""");
        meeting.Run(AWhile);
        Assert.Equal(chosen, viewer.CarriedNow()["v0"]);
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void A_pinned_participant_is_in_no_second_slot()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var viewer = meeting.Join(new Guest { Number = 1, VideoSlots = 2 });
        Enumerable.Range(2, 3).ToList().ForEach(number => meeting.Join(new Guest { Number = (ushort)number }));
        meeting.Run(AWhile);
        var second = viewer.CarriedNow()["v1"]!;

        meeting.Say(viewer, $$"""{"type":"subscribe","mid":"v0","participant":"{{second}}","source":"camera"}""");
        meeting.Run(AWhile);

        Assert.Equal(second, viewer.CarriedNow()["v0"]);
        Assert.NotNull(viewer.CarriedNow()["v1"]);
        Assert.NotEqual(second, viewer.CarriedNow()["v1"]);
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void Twenty_switches_leave_no_break_in_the_numbers_and_no_gap()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var viewer = meeting.Join(new Guest { Number = 1, VideoSlots = 1 });
        Enumerable.Range(2, 3).ToList().ForEach(number => meeting.Join(new Guest { Number = (ushort)number }));
        meeting.Run(AWhile);
        var before = viewer.SlotOf("v0").Viewer.Switches;

        for (var turn = 0; turn < 20; turn++)
        {
            var who = 2 + (turn % 3);
            meeting.Say(viewer, $$"""{"type":"subscribe","mid":"v0","participant":"p{{who}}","source":"camera"}""");
            meeting.Run(TimeSpan.FromMilliseconds(700));
            Assert.Equal(who, viewer.SlotOf("v0").Viewer.Current);
        }

        var slot = viewer.SlotOf("v0");
        Assert.InRange(slot.Viewer.Switches - before, 19, 20);
        Assert.Equal((0, 0), (slot.PacketsLost, slot.PacketsAskedFor));
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void With_more_participants_than_slots_whoever_speaks_appears()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        VirtualPeer[] peers =
        [
            .. Enumerable
                .Range(1, 6)
                .Select(number =>
                    meeting.Join(
                        new Guest
                        {
                            Number = (ushort)number,
                            VideoSlots = 2,
                            AudioSlots = 2,
                        }
                    )
                ),
        ];
        foreach (var peer in peers)
        {
            peer.TrackOf("mic").AudioLevel = 127;
        }

        meeting.Run(AWhile);
        Assert.DoesNotContain("p6", peers[0].CarriedNow().Values);

        peers[5].TrackOf("mic").AudioLevel = 20;
        meeting.Run(AWhile);

        var carried = peers[0].CarriedNow();
        Assert.Contains("p6", new[] { carried["v0"], carried["v1"] });
        Assert.Contains("p6", new[] { carried["a0"], carried["a1"] });
        Assert.Contains(6, peers[0].Met(MediaKind.Audio));
        Assert.Contains(6, peers[0].Met(MediaKind.Video));
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void The_dominant_speaker_changes_only_when_another_has_clearly_taken_over()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        VirtualPeer[] peers =
        [
            .. Enumerable
                .Range(1, 3)
                .Select(number => meeting.Join(new Guest { Number = (ushort)number, VideoSlots = 1 })),
        ];
        (byte Level, int Milliseconds)[] second = [(127, 2000), (20, 300), (127, 1500), (20, 3000)];
        peers[1].TrackOf("mic").AudioLevel = 30;
        peers[0].TrackOf("mic").AudioLevel = 127;
        peers[2].TrackOf("mic").AudioLevel = 127;
        foreach (var (level, milliseconds) in second)
        {
            peers[2].TrackOf("mic").AudioLevel = level;
            meeting.Run(TimeSpan.FromMilliseconds(milliseconds));
        }

        var dominant = peers[0].InCall.Of("speakers").Select(message => message.Text("dominant")).ToList();
        Assert.Equal(["p2", "p3"], dominant.Where(who => who is not null).Distinct());
        Assert.True(dominant.IndexOf("p3") > dominant.Count / 2, "A cough does not take the floor.");
    }

    [Theory]
    [InlineData(180, 180)]
    [InlineData(200, 360)]
    [InlineData(720, 720)]
    [InlineData(2160, 720)]
    public void The_wanted_height_chooses_the_layer(int wanted, int seen)
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var viewer = meeting.Join(new Guest { Number = 1, VideoSlots = 1 });
        _ = meeting.Join(Simulcasting(2));
        meeting.Run(AWhile);
        Assert.Equal(720, viewer.SlotOf("v0").Viewer.Height);

        meeting.Say(viewer, $$"""{"type":"subscribe","mid":"v0","auto":true,"height":{{wanted}}}""");
        meeting.Run(AWhile);

        Assert.Equal(seen, viewer.SlotOf("v0").Viewer.Height);
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void A_switch_of_layers_keeps_the_tracks_clock()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var viewer = meeting.Join(new Guest { Number = 1, VideoSlots = 1 });
        _ = meeting.Join(Simulcasting(2) with { Uplink = new() { Jitter = TimeSpan.FromMilliseconds(40) } });
        meeting.Run(AWhile);
        // From here on every layer has a sender report, which tells how the layers' clocks belong together.
        viewer.SlotOf("v0").Viewer.LargestClockError = TimeSpan.Zero;
        foreach (var height in (int[])[180, 720, 360, 720, 180])
        {
            meeting.Say(viewer, $$"""{"type":"subscribe","mid":"v0","auto":true,"height":{{height}}}""");
            meeting.Run(TimeSpan.FromSeconds(2));
        }

        var view = viewer.SlotOf("v0").Viewer;
        Assert.InRange(view.Switches, 5, 8);
        Assert.True(view.LargestClockError < TimeSpan.FromMilliseconds(2), $"{view.LargestClockError}");
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void Changing_ones_mind_about_the_height_before_the_key_frame_changes_nothing()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var viewer = meeting.Join(new Guest { Number = 1, VideoSlots = 1 });
        _ = meeting.Join(Simulcasting(2));
        meeting.Run(AWhile);

        meeting.Say(viewer, """{"type":"subscribe","mid":"v0","auto":true,"height":180}""");
        meeting.Say(viewer, """{"type":"subscribe","mid":"v0","auto":true,"height":720}""");
        var switches = viewer.SlotOf("v0").Viewer.Switches;
        meeting.Run(AWhile);

        Assert.Equal(switches, viewer.SlotOf("v0").Viewer.Switches);
        Assert.Equal(720, viewer.SlotOf("v0").Viewer.Height);
    }

    [Fact]
    public void Two_viewers_of_one_publisher_get_the_layers_that_they_want()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var large = meeting.Join(new Guest { Number = 1, VideoSlots = 1 });
        var small = meeting.Join(
            new Guest
            {
                Number = 3,
                VideoSlots = 1,
                Camera = false,
            }
        );
        _ = meeting.Join(Simulcasting(2));
        meeting.Run(AWhile);
        meeting.Say(small, """{"type":"subscribe","mid":"v0","participant":"p2","source":"camera","height":180}""");
        meeting.Say(large, """{"type":"subscribe","mid":"v0","participant":"p2","source":"camera","height":720}""");
        meeting.Run(AWhile);

        Assert.Equal((720, 180), (large.SlotOf("v0").Viewer.Height, small.SlotOf("v0").Viewer.Height));
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void A_layer_that_the_browser_stops_is_replaced_and_taken_again_when_it_is_back()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var viewer = meeting.Join(new Guest { Number = 1, VideoSlots = 1 });
        var publisher = meeting.Join(Simulcasting(2));
        meeting.Run(AWhile);

        publisher.TrackOf("cam").Enable("r2", enabled: false);
        meeting.Run(AWhile);
        Assert.Equal(360, viewer.SlotOf("v0").Viewer.Height);
        Assert.InRange(viewer.SlotOf("v0").Viewer.LongestFreeze.TotalMilliseconds, 0, 1200);

        publisher.TrackOf("cam").Enable("r2", enabled: true);
        meeting.Run(AWhile);
        Assert.Equal(720, viewer.SlotOf("v0").Viewer.Height);
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void A_shared_screen_comes_before_every_camera()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var viewer = meeting.Join(new Guest { Number = 1, VideoSlots = 1 });
        _ = meeting.Join(new Guest { Number = 2 });
        meeting.Run(AWhile);
        _ = meeting.Join(
            new Guest
            {
                Number = 3,
                ScreenShare = true,
                Camera = false,
            }
        );
        meeting.Run(AWhile);

        Assert.Equal("p3", viewer.CarriedNow()["v0"]);
        Assert.Equal(3, viewer.SlotOf("v0").Viewer.Current);
        var slot = viewer.InCall.Of("slots")[^1].GetProperty("slots").EnumerateArray().Single();
        Assert.Equal("screen_share", slot.Text("source"));
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void A_slot_whose_new_picture_does_not_come_goes_empty_after_half_a_second()
    {
        using var meeting = new VirtualMeeting(shards: Shards);
        var viewer = meeting.Join(new Guest { Number = 1, VideoSlots = 1 });
        _ = meeting.Join(new Guest { Number = 2 });
        var silent = meeting.Join(new Guest { Number = 3 });
        meeting.Run(AWhile);
        silent.TrackOf("cam").Stop();
        meeting.Run(TimeSpan.FromSeconds(1));

        meeting.Say(viewer, """{"type":"subscribe","mid":"v0","participant":"p3","source":"camera"}""");
        meeting.Run(TimeSpan.FromMilliseconds(450));
        Assert.Equal("p2", viewer.CarriedNow()["v0"]);
        meeting.Run(TimeSpan.FromMilliseconds(200));
        Assert.Null(viewer.CarriedNow()["v0"]);

        silent.TrackOf("cam").Start(meeting.Now);
        meeting.Run(AWhile);
        Assert.Equal("p3", viewer.CarriedNow()["v0"]);
        Assert.Empty(meeting.Complaints);
    }

    private static Guest Simulcasting(ushort number) =>
        new()
        {
            Number = number,
            SimulcastHeights = [180, 360, 720],
            BitsPerSecond = 900_000,
        };
}
