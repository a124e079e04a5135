using EventMeet.Media.Relays;
using EventMeet.Media.Values;
using EventMeet.Testing.Network;

namespace EventMeet.Media.Tests.Relays;

/// <summary>What a relay carries, on good and bad networks.</summary>
public sealed class RelayTests
{
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0.05, 0.05, 0.05)]
    [InlineData(0.15, 0.02, 0.10)]
    public void Every_packet_of_every_track_arrives_once(double loss, double duplication, double reordering)
    {
        using var scene = new RelayScene(seed: 11);
        var conditions = new NetworkConditions
        {
            Delay = TimeSpan.FromMilliseconds(20),
            Loss = loss,
            Duplication = duplication,
            Reordering = reordering,
        };
        (scene.Watcher.Downlink, scene.Watcher.Uplink) = (conditions, conditions);
        Assert.Equal(EngineRefusal.None, scene.Open());
        for (ushort number = 1; number <= 3; number++)
        {
            _ = scene.Meeting.Join(new Guest { Number = number });
        }

        scene.Run(10);
        // What is under way arrives; no new packets come meanwhile.
        foreach (var track in scene.Meeting.Peers.SelectMany(peer => peer.Tracks))
        {
            track.Stop();
        }

        scene.Run(2);

        Assert.Empty(scene.Meeting.Complaints);
        Assert.Empty(scene.Watcher.Complaints);
        var added = scene.Watcher.Of<RelayTrackAdded>().Select(message => message.Track).ToArray();
        Assert.Equal(6, added.Length);
        foreach (var track in added)
        {
            var packets = scene.Watcher.Packets[track.Id];
            var numbers = packets.ConvertAll(packet => packet.Number.Value);
            Assert.Equal(numbers.Count, numbers.Distinct().Count());
            var ordered = numbers.ConvertAll(number => (ushort)(number - track.FirstSequenceNumber)).Order().ToArray();
            var lost = loss > 0 ? 3 : 0; // at the very end nothing shows that they are missing
            Assert.InRange(ordered[^1] + 1 - ordered.Length, 0, loss > 0 ? 1 : 0);
            Assert.True(
                SentBy(scene.Meeting, track) - packets.Count(packet => packet.Signature is not null) <= lost,
                $"{packets.Count} of {SentBy(scene.Meeting, track)}"
            );
        }
    }

    [Fact]
    public void Header_extensions_keep_their_meaning()
    {
        using var scene = new RelayScene();
        _ = scene.Open();
        scene.Meeting.Join(new Guest { Number = 1 }).TrackOf("mic").AudioLevel = 23;
        scene.Meeting.Join(new Guest { Number = 2 }).TrackOf("mic").AudioLevel = 42;

        scene.Run(3);

        Assert.All(PacketsOf(scene, "p1", MediaKind.Audio), packet => Assert.Equal(23, packet.AudioLevel));
        Assert.All(PacketsOf(scene, "p2", MediaKind.Audio), packet => Assert.Equal(42, packet.AudioLevel));
    }

    [Fact]
    public void Sender_reports_put_sound_and_picture_of_one_instant_at_one_time_of_day()
    {
        using var scene = new RelayScene(seed: 4);
        scene.Watcher.Downlink = new()
        {
            Delay = TimeSpan.FromMilliseconds(120),
            Jitter = TimeSpan.FromMilliseconds(30),
        };
        _ = scene.Open();
        var publisher = scene.Meeting.Join(new Guest { Number = 1 });

        scene.Run(6);

        foreach (var kind in new[] { MediaKind.Audio, MediaKind.Video })
        {
            var track = TrackOf(scene, "p1", kind);
            var (_, report) = scene.Watcher.Reports.Last(each => each.Track == track.Id);
            foreach (var packet in scene.Watcher.Packets[track.Id])
            {
                var sinceReport = TimeSpan.FromSeconds(
                    (int)(packet.Timestamp - report.RtpTimestamp) / (double)track.ClockRate
                );
                var captured = TimeOf(report.Ntp) + sinceReport;
                // The way from publisher to shard is 10 ms and counts as none, as nobody can tell it from a clock that is slow.
                var sent = VirtualMeeting.Origin + (SentAt(publisher, packet, kind) - MonotonicTime.Zero);
                Assert.InRange((captured - sent).TotalMilliseconds, 5, 15);
            }
        }
    }

    [Fact]
    public void A_key_frame_that_is_asked_for_comes()
    {
        using var scene = new RelayScene();
        _ = scene.Open();
        var publisher = scene.Meeting.Join(new Guest { Number = 1 });
        scene.Run(3);
        var before = publisher.TrackOf("cam").KeyFrameRequests;
        var at = scene.Meeting.Now;

        scene.Watcher.Receiver.RequestKeyFrame(TrackOf(scene, "p1", MediaKind.Video).Id);
        scene.Run(3);

        Assert.Equal(before + 1, publisher.TrackOf("cam").KeyFrameRequests);
        Assert.Contains(PacketsOf(scene, "p1", MediaKind.Video), packet => packet.At > at && packet.IsKeyFrame);
    }

    [Fact]
    public void What_is_missing_before_a_key_frame_that_was_asked_for_comes_all_the_same()
    {
        using var scene = new RelayScene(seed: 5);
        NetworkConditions conditions = new() { Delay = TimeSpan.FromMilliseconds(40), Loss = 0.05 };
        (scene.Watcher.Downlink, scene.Watcher.Uplink) = (conditions, conditions);
        _ = scene.Open();
        var publisher = scene.Meeting.Join(new Guest { Number = 1 });
        scene.Run(2);
        var track = TrackOf(scene, "p1", MediaKind.Video);

        for (var request = 0; request < 40; request++)
        {
            scene.Watcher.Receiver.RequestKeyFrame(track.Id);
            scene.Run(0.25);
        }

        publisher.TrackOf("cam").Stop();
        scene.Run(2);
        var numbers = scene
            .Watcher.Packets[track.Id]
            .ConvertAll(packet => (ushort)(packet.Number.Value - track.FirstSequenceNumber));
        Assert.InRange(publisher.TrackOf("cam").KeyFrameRequests, 10, 40);
        Assert.Equal(numbers.Max() + 1, numbers.Distinct().Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.05)]
    public void Simulcast_goes_as_one_stream_with_the_best_layer_there_is(double loss)
    {
        using var scene = new RelayScene();
        scene.Watcher.Downlink = new() { Loss = loss };
        _ = scene.Open();
        var publisher = scene.Meeting.Join(new Guest { Number = 1, SimulcastHeights = [180, 360, 720] });
        scene.Run(4);
        publisher.TrackOf("cam").Enable("r2", enabled: false);
        scene.Run(4);
        publisher.TrackOf("cam").Enable("r2", enabled: true);
        scene.Run(4);

        Assert.Empty(scene.Watcher.Complaints);
        var track = TrackOf(scene, "p1", MediaKind.Video);
        var packets = scene
            .Watcher.Packets[track.Id]
            .OrderBy(packet => (ushort)(packet.Number.Value - track.FirstSequenceNumber))
            .ToList();
        // Of the last packets some may not have been asked for yet.
        packets.RemoveRange(packets.Count - 20, 20);
        for (var i = 1; i < packets.Count; i++)
        {
            Assert.Equal(packets[i - 1].Number.Next, packets[i].Number);
            var step = (int)(packets[i].Timestamp - packets[i - 1].Timestamp);
            Assert.InRange(step, 0, 2 * track.ClockRate);
        }

        var layers = packets
            .Where(packet => packet.Signature is not null)
            .Select(packet => packet.Signature!.Value.Layer);
        var best = layers.Max();
        Assert.Equal(best, packets[^1].Signature!.Value.Layer);
        Assert.Contains(packets, packet => packet.Signature is { } signature && signature.Layer < best);
    }

    [Fact]
    public void Only_what_the_filter_lets_through_is_sent()
    {
        using var scene = new RelayScene();
        var filter = new RelayFilter(["identity1", "identity2"], ["identity2"], AudioOnly: true);
        _ = scene.Open(RelayScene.Parameters() with { Filter = filter });
        for (ushort number = 1; number <= 3; number++)
        {
            _ = scene.Meeting.Join(new Guest { Number = number });
        }

        scene.Run(3);

        var track = Assert.Single(scene.Watcher.Of<RelayTrackAdded>()).Track;
        Assert.Equal(("p1", MediaKind.Audio), (track.Participant, track.Kind));
        Assert.Equal([track.Id], scene.Watcher.Packets.Keys);
        Assert.Equal(["p1", "p2", "p3"], scene.Watcher.Of<RelayParticipantJoined>().Select(each => each.Participant));
    }

    [Fact]
    public void A_muted_track_is_silent_until_it_is_not_muted_any_more()
    {
        using var scene = new RelayScene();
        _ = scene.Open();
        var peer = scene.Meeting.Join(new Guest { Number = 1 });
        scene.Run(3);

        scene.Meeting.Say(peer, """{"type":"mute","source":"camera","muted":true}""");
        scene.Run(1);
        var muted = PacketsOf(scene, "p1", MediaKind.Video).Count;
        scene.Run(2);
        Assert.Equal(muted, PacketsOf(scene, "p1", MediaKind.Video).Count);
        scene.Meeting.Say(peer, """{"type":"mute","source":"camera","muted":false}""");
        scene.Run(2);

        var track = TrackOf(scene, "p1", MediaKind.Video).Id;
        Assert.Equal(
            [(track, true), (track, false)],
            scene.Watcher.Of<RelayTrackMuted>().Select(each => (each.Track, each.Muted))
        );
        var packets = PacketsOf(scene, "p1", MediaKind.Video);
        Assert.True(packets.Count > muted);
        Assert.True(packets[muted].IsKeyFrame);
        Assert.Equal(packets[muted - 1].Number.Next, packets[muted].Number);
    }

    [Fact]
    public void While_paused_no_media_leaves_and_afterwards_it_goes_on_with_key_frames()
    {
        using var scene = new RelayScene();
        _ = scene.Open(RelayScene.Parameters() with { Paused = true });
        var peer = scene.Meeting.Join(new Guest { Number = 1 });
        scene.Run(3);
        Assert.Empty(scene.Watcher.Packets);

        Assert.Equal(EngineRefusal.None, scene.Pause(paused: false));
        scene.Run(3);
        var requests = peer.TrackOf("cam").KeyFrameRequests;
        Assert.Equal(EngineRefusal.None, scene.Pause(paused: true));
        scene.Run(0.5);
        var count = scene.Watcher.PacketCount;
        scene.Run(10);
        Assert.Equal(count, scene.Watcher.PacketCount);
        Assert.Equal(EngineRefusal.None, scene.Pause(paused: false));
        scene.Run(3);

        Assert.True(Assert.Single(scene.Watcher.Of<RelayHello>()).Paused);
        Assert.Equal([false, true, false], scene.Watcher.Of<RelayPauseChanged>().Select(each => each.Paused));
        Assert.True(peer.TrackOf("cam").KeyFrameRequests > requests);
        Assert.True(scene.Watcher.PacketCount > count + 100);
        Assert.Empty(scene.Watcher.Complaints);
    }

    internal static RelayTrackDescription TrackOf(RelayScene scene, string participant, MediaKind kind) =>
        scene
            .Watcher.Of<RelayTrackAdded>()
            .Last(each => each.Track.Participant == participant && each.Track.Kind == kind)
            .Track;

    internal static List<WatchedPacket> PacketsOf(RelayScene scene, string participant, MediaKind kind) =>
        scene.Watcher.Packets[TrackOf(scene, participant, kind).Id];

    private static long SentBy(VirtualMeeting meeting, RelayTrackDescription track) =>
        meeting
            .Peers.SelectMany(peer => peer.Tracks)
            .Where(each => each.Media.Track == track.Id)
            .SelectMany(each => each.Streams)
            .Sum(stream => stream.PacketsSent);

    private static DateTimeOffset TimeOf(Media.Rtcp.NtpTime time) =>
        DateTimeOffset.UnixEpoch.AddMicroseconds(time.MicrosecondsSince(Media.Rtcp.NtpTime.FromUnixMicroseconds(0)));

    // Frames leave at once when they are made: the first that was sent, and a fixed interval between them.
    private static MonotonicTime SentAt(Testing.Peers.VirtualPeer publisher, WatchedPacket packet, MediaKind kind)
    {
        var interval =
            kind is MediaKind.Audio
                ? TimeSpan.FromMilliseconds(20)
                : TimeSpan.FromSeconds(1.0 / publisher.Options.FramesPerSecond);
        return publisher.ConnectedAt + (interval * packet.Signature!.Value.Frame);
    }
}
