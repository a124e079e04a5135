using EventMeet.Media.Values;
using EventMeet.Testing.Network;
using EventMeet.Testing.Peers;

namespace EventMeet.Media.Tests.Conversations;

/// <summary>Subscribers whose path takes less than the room sends: they get what fits, and everybody else notices nothing.</summary>
public class NarrowPathTests
{
    private static readonly TimeSpan QueueLength = TimeSpan.FromMilliseconds(300);

    /// <summary>Gets over how many shards the room is spread.</summary>
    protected virtual int Shards => 1;

    [Fact]
    public void A_narrow_path_gets_the_layer_that_fits_and_a_wide_one_the_largest()
    {
        using var meeting = new VirtualMeeting(seed: 5, shards: Shards);
        _ = meeting.Join(Simulcasting(1));
        var bottleneck = new Bottleneck(1_300_000, QueueLength);
        var narrow = meeting.Join(Watching(2, bottleneck));
        var wide = meeting.Join(Watching(3));

        meeting.Run(TimeSpan.FromSeconds(15));

        Assert.Equal((360, 720), (narrow.SlotOf("v0").Viewer.Height, wide.SlotOf("v0").Viewer.Height));
        var dropped = bottleneck.Dropped;
        bottleneck.LongestWait = TimeSpan.Zero;
        meeting.Run(TimeSpan.FromSeconds(30));

        Assert.Equal(360, narrow.SlotOf("v0").Viewer.Height);
        Assert.InRange(bottleneck.Dropped - dropped, 0, 20);
        Assert.InRange(narrow.SlotOf("v0").Viewer.LongestFreeze.TotalMilliseconds, 0, 2000);
        Assert.Equal((0, 0), (wide.SlotOf("v0").PacketsLost, wide.SlotOf("v0").PacketsAskedFor));
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void When_the_path_widens_the_larger_layer_comes_back()
    {
        using var meeting = new VirtualMeeting(seed: 6, shards: Shards);
        _ = meeting.Join(Simulcasting(1));
        var bottleneck = new Bottleneck(600_000, QueueLength);
        var viewer = meeting.Join(Watching(2, bottleneck));
        meeting.Run(TimeSpan.FromSeconds(15));
        Assert.InRange(viewer.SlotOf("v0").Viewer.Height, 180, 360);

        bottleneck.BitsPerSecond = 5_000_000;
        meeting.Run(TimeSpan.FromSeconds(30));

        Assert.Equal(720, viewer.SlotOf("v0").Viewer.Height);
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void Every_picture_gets_its_smallest_layer_before_any_gets_a_larger_one()
    {
        using var meeting = new VirtualMeeting(seed: 7, shards: Shards);
        Enumerable.Range(2, 3).ToList().ForEach(number => meeting.Join(Simulcasting((ushort)number)));
        var bottleneck = new Bottleneck(1_600_000, QueueLength);
        var viewer = meeting.Join(Watching(1, bottleneck, slots: 3));

        meeting.Run(TimeSpan.FromSeconds(20));

        Assert.All(Pictures(viewer), slot => Assert.InRange(slot.Viewer.Height, 180, 360));
        var dropped = bottleneck.Dropped;
        meeting.Run(TimeSpan.FromSeconds(10));
        Assert.InRange(bottleneck.Dropped - dropped, 0, 20);

        bottleneck.BitsPerSecond = 10_000_000;
        meeting.Run(TimeSpan.FromSeconds(60));

        Assert.All(Pictures(viewer), slot => Assert.Equal(720, slot.Viewer.Height));
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void A_picture_of_one_size_is_sent_however_narrow_the_path()
    {
        using var meeting = new VirtualMeeting(seed: 8, shards: Shards);
        _ = meeting.Join(new Guest { Number = 1, BitsPerSecond = 900_000 });
        var viewer = meeting.Join(Watching(2, new Bottleneck(300_000, QueueLength)));

        meeting.Run(TimeSpan.FromSeconds(20));

        Assert.Equal("p1", viewer.CarriedNow()["v0"]);
    }

    [Fact]
    public void A_layer_that_leaves_out_a_second_is_waited_for_and_one_that_has_stopped_is_replaced()
    {
        using var meeting = new VirtualMeeting(seed: 11, shards: Shards);
        var publisher = meeting.Join(Simulcasting(1));
        var bottleneck = new Bottleneck(600_000, QueueLength);
        var viewer = meeting.Join(Watching(2, bottleneck));
        meeting.Run(TimeSpan.FromSeconds(15));
        Assert.Equal(180, viewer.SlotOf("v0").Viewer.Height);

        var dropped = bottleneck.Dropped;
        publisher.TrackOf("cam").Enable("r0", enabled: false);
        meeting.Run(TimeSpan.FromSeconds(1.5));
        publisher.TrackOf("cam").Enable("r0", enabled: true);
        meeting.Run(TimeSpan.FromSeconds(5));
        Assert.Equal((180, dropped), (viewer.SlotOf("v0").Viewer.Height, bottleneck.Dropped));

        publisher.TrackOf("cam").Enable("r0", enabled: false);
        meeting.Run(TimeSpan.FromSeconds(10));
        Assert.Equal(360, viewer.SlotOf("v0").Viewer.Height);
        Assert.Empty(meeting.Complaints);
    }

    [Theory]
    [InlineData(0.0, 40)]
    [InlineData(0.02, 30)]
    public void A_path_that_is_wide_enough_is_left_alone(double loss, int jitter)
    {
        using var meeting = new VirtualMeeting(seed: 10, shards: Shards);
        Enumerable.Range(2, 3).ToList().ForEach(number => meeting.Join(Simulcasting((ushort)number)));
        var conditions = new NetworkConditions { Loss = loss, Jitter = TimeSpan.FromMilliseconds(jitter) };
        var viewer = meeting.Join(Watching(1, slots: 3) with { Downlink = conditions });

        meeting.Run(TimeSpan.FromSeconds(60));

        Assert.All(Pictures(viewer), slot => Assert.Equal(720, slot.Viewer.Height));
        Assert.Empty(meeting.Complaints);
    }

    private static Guest Simulcasting(ushort number) =>
        new()
        {
            Number = number,
            SimulcastHeights = [180, 360, 720],
            BitsPerSecond = 1_200_000,
            VideoSlots = 0,
        };

    private static Guest Watching(ushort number, Bottleneck? bottleneck = null, int slots = 1) =>
        new()
        {
            Number = number,
            Camera = false,
            Microphone = false,
            VideoSlots = slots,
            Downlink = new NetworkConditions { Bottleneck = bottleneck },
        };

    private static IEnumerable<IncomingSlot> Pictures(VirtualPeer peer) =>
        peer.Slots.Where(slot => slot.Media.Kind is MediaKind.Video);
}
