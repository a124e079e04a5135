using EventMeet.Media.Values;
using EventMeet.Testing.Network;
using EventMeet.Testing.Peers;

namespace EventMeet.Media.Tests.Conversations;

/// <summary>What bad networks do to a meeting, and what is done against it.</summary>
public class LossTests
{
    /// <summary>Gets over how many shards the room is spread.</summary>
    protected virtual int Shards => 1;

    private static readonly TimeSpan TenSeconds = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(0.05, 0.0)]
    [InlineData(0.0, 0.05)]
    [InlineData(0.10, 0.10)]
    public void Losses_are_repaired_by_retransmission(double uplink, double downlink)
    {
        using var meeting = new VirtualMeeting(seed: 7, shards: Shards);
        var peers = JoinAll(meeting, new() { Loss = uplink }, new() { Loss = downlink });

        meeting.Run(TenSeconds);

        Assert.True(meeting.Network.Lost > 100);
        Assert.Empty(meeting.Complaints);
        var slots = peers.SelectMany(peer => peer.Slots).Where(slot => slot.Media.Kind is MediaKind.Video).ToArray();
        var (decoded, broken) = (
            slots.Sum(slot => slot.Viewer.FramesDecoded),
            slots.Sum(slot => slot.Viewer.FramesBroken)
        );
        Assert.True(decoded > 6 * 15 * 9, $"{decoded} decoded");
        Assert.True(broken * 40 < decoded, $"{broken} broken of {decoded}");
        Assert.True(slots.Sum(slot => slot.PacketsLost) * 200 < slots.Sum(slot => slot.PacketsReceived));
        Assert.All(slots, slot => Assert.True(slot.Viewer.LongestFreeze < TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Reordering_jitter_and_repetition_break_nothing()
    {
        using var meeting = new VirtualMeeting(seed: 3, shards: Shards);
        var wild = new NetworkConditions
        {
            Delay = TimeSpan.FromMilliseconds(40),
            Jitter = TimeSpan.FromMilliseconds(30),
            Duplication = 0.05,
            Reordering = 0.05,
        };
        var peers = JoinAll(meeting, wild, wild);

        meeting.Run(TenSeconds);

        Assert.Empty(meeting.Complaints);
        var slots = peers.SelectMany(peer => peer.Slots).Where(slot => slot.Viewer.FramesDecoded > 0).ToArray();
        var pictures = slots.Where(slot => slot.Media.Kind is MediaKind.Video).ToArray();
        // What overtakes the very first packet comes before another shard can have asked for the track.
        Assert.InRange(pictures.Sum(slot => slot.PacketsLost), 0, Shards > 1 ? 3 : 0);
        // The very first packet may be overtaken; then a key frame is asked for.
        Assert.All(pictures, slot => Assert.True(slot.Viewer.FramesBroken == 0 || slot.Viewer.BeganInTheMiddle));
        Assert.Equal(0, slots.Except(pictures).Sum(slot => slot.PacketsLost));
        Assert.Equal(3 * 4, slots.Length);
    }

    [Fact]
    public void What_a_publisher_repeats_to_probe_its_path_is_forwarded_once()
    {
        using var meeting = new VirtualMeeting(seed: 12, shards: Shards);
        var publisher = meeting.Join(new Guest { Number = 1, SimulcastHeights = [180, 360, 720] });
        var viewer = meeting.Join(new Guest { Number = 2 });
        for (var round = 0; round < 100; round++)
        {
            meeting.Run(TimeSpan.FromMilliseconds(50));
            foreach (var stream in publisher.TrackOf("cam").Streams.Where(each => each.PacketsSent > 20))
            {
                Enumerable
                    .Range(0, 20)
                    .ToList()
                    .ForEach(age => publisher.SendAgain(stream, stream.Newest.Plus(-(age % 5))));
            }
        }

        Assert.Equal(0, viewer.PacketsRepeated);
        Assert.Equal(0, viewer.SlotOf("v0").PacketsLost);
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void What_comes_late_and_again_on_the_way_up_leaves_once()
    {
        using var meeting = new VirtualMeeting(seed: 13, shards: Shards);
        var uplink = new NetworkConditions
        {
            Delay = TimeSpan.FromMilliseconds(20),
            Jitter = TimeSpan.FromMilliseconds(60),
            Loss = 0.05,
            Duplication = 0.05,
            Reordering = 0.05,
        };
        var publisher = meeting.Join(new Guest { Number = 1, Uplink = uplink });
        var viewer = meeting.Join(new Guest { Number = 2 });

        meeting.Run(TenSeconds);

        Assert.InRange(publisher.TrackOf("cam").Streams.Single().PacketsSentAgain, 20, 1000);
        Assert.Equal(0, viewer.PacketsRepeated);
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void What_was_lost_on_the_way_up_is_asked_for_once_for_all()
    {
        using var meeting = new VirtualMeeting(seed: 5, shards: Shards);
        var publisher = meeting.Join(
            new Guest
            {
                Number = 1,
                Uplink = new() { Loss = 0.05 },
            }
        );
        var viewers = Enumerable
            .Range(2, 5)
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

        meeting.Run(TenSeconds);

        var stream = publisher.TrackOf("cam").Streams.Single();
        // 5 % of 10 s; each is asked for about once, not once for each of the five who miss it.
        Assert.InRange(stream.PacketsSentAgain, stream.PacketsSent * 0.02, stream.PacketsSent * 0.10);
        Assert.All(viewers, viewer => Assert.Equal(0, viewer.SlotOf("v0").PacketsLost));
        Assert.InRange(stream.WorstReportedLoss, 3, 80);
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void Requests_for_key_frames_are_merged()
    {
        using var meeting = new VirtualMeeting(seed: 5, shards: Shards);
        var publisher = meeting.Join(new Guest { Number = 1 });
        meeting.Run(TimeSpan.FromSeconds(2));
        for (var number = 2; number < 22; number++)
        {
            _ = meeting.Join(
                new Guest
                {
                    Number = (ushort)number,
                    Camera = false,
                    Microphone = false,
                }
            );
            meeting.Run(TimeSpan.FromMilliseconds(100));
        }

        meeting.Run(TimeSpan.FromSeconds(2));

        var times = publisher.TrackOf("cam").KeyFrameRequestTimes;
        Assert.InRange(times.Count, 3, 8);
        for (var i = 1; i < times.Count; i++)
        {
            Assert.True(times[i] - times[i - 1] >= TimeSpan.FromMilliseconds(495), $"{times[i] - times[i - 1]}");
        }

        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void A_request_that_is_lost_is_repeated_until_the_key_frame_comes()
    {
        using var meeting = new VirtualMeeting(seed: 5, shards: Shards);
        _ = meeting.Join(new Guest { Number = 1 });
        meeting.Run(TimeSpan.FromSeconds(2));
        meeting.Change(1, NetworkConditions.Good, new() { Loss = 1 });
        var viewer = meeting.Join(new Guest { Number = 2 });
        meeting.Run(TimeSpan.FromSeconds(2));
        Assert.Empty(viewer.Met(MediaKind.Video));

        meeting.Change(1, NetworkConditions.Good, NetworkConditions.Good);
        meeting.Run(TimeSpan.FromMilliseconds(700));

        Assert.Equal([1], viewer.Met(MediaKind.Video));
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void A_hole_that_is_too_large_to_mend_ends_with_a_key_frame()
    {
        using var meeting = new VirtualMeeting(seed: 5, shards: Shards);
        var publisher = meeting.Join(new Guest { Number = 1, BitsPerSecond = 3_000_000 });
        var viewer = meeting.Join(new Guest { Number = 2 });
        meeting.Run(TimeSpan.FromSeconds(3));
        var before = publisher.TrackOf("cam").KeyFrameRequests;

        meeting.Change(1, new() { Loss = 1 }, NetworkConditions.Good);
        meeting.Run(TimeSpan.FromSeconds(2));
        meeting.Change(1, NetworkConditions.Good, NetworkConditions.Good);
        meeting.Run(TimeSpan.FromSeconds(4));

        var view = viewer.SlotOf("v0").Viewer;
        Assert.True(publisher.TrackOf("cam").KeyFrameRequests > before);
        Assert.False(view.NeedsKeyFrame);
        Assert.True(meeting.Now - view.Sights[1].LastAt < TimeSpan.FromMilliseconds(200));
        Assert.InRange(view.LongestFreeze.TotalSeconds, 2, 4.5);
        Assert.Empty(meeting.Complaints);
    }

    private static VirtualPeer[] JoinAll(
        VirtualMeeting meeting,
        NetworkConditions uplink,
        NetworkConditions downlink
    ) =>
        [
            .. Enumerable
                .Range(1, 3)
                .Select(number =>
                    meeting.Join(
                        new Guest
                        {
                            Number = (ushort)number,
                            Uplink = uplink,
                            Downlink = downlink,
                        }
                    )
                ),
        ];
}
