using System.Text;
using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Tests.Timeline;

public sealed class TimelineBuilderTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly ParticipantId Ada = new("part_ada");
    private static readonly ParticipantId Bob = new("part_bob");
    private static readonly TrackId Camera = new("trk_camera");
    private static readonly TrackId Microphone = new("trk_microphone");
    private static readonly TrackId Screen = new("trk_screen");
    private static readonly TrackId Unmuted = new("trk_unmuted");

    [Fact]
    public void Tells_a_whole_recording()
    {
        var builder = Begin();
        builder.HandleJoined(Bob, "bob", null, At(-5));
        builder.HandleJoined(Ada, "ada", "Ada L.", At(1));
        builder.HandlePublished(Camera, Ada, MediaKind.Video, TrackSource.Camera, "VP8", At(1.5));
        builder.HandleFileStarted(Camera, "trk_camera-1.webm", At(2));
        for (var frame = 0; frame < 40; frame++)
        {
            builder.HandleFrame(
                Camera,
                At(2 + (frame / 10.0)),
                frame % 20 == 0,
                frame % 20 == 0 ? new(640, frame == 0 ? 360 : 480) : null
            );
        }

        builder.HandleSpeaker(Ada, At(3));
        builder.HandleSpeaker(Ada, At(3.5));
        builder.HandleSpeaker(Bob, At(4));
        builder.HandleGap(Camera, new(At(4), At(4.02), 1));
        builder.HandleGap(Camera, new(At(5), At(5.5), 7));
        builder.HandleMuted(Camera, At(6));
        builder.HandlePaused(At(7));
        builder.HandlePaused(At(7.5));
        builder.HandleResumed(At(8));
        builder.HandleUnmuted(Camera, At(20));
        builder.HandleFrame(Camera, At(20), true, new(640, 480));
        builder.HandleLeft(Bob, At(21));
        builder.HandleJoined(Bob, "bob", null, At(22));
        builder.HandleUnpublished(Camera, At(23));
        builder.HandleFileStored(Camera, "trk_camera-1.webm", 1234, "00ff");
        builder.HandleMuted(new("trk_unknown"), At(23));

        Assert.Equal(
            """
            {"version":1,"recording":"rec_1","room":"room_1","startedAt":"2026-01-02T03:04:05+00:00","endedAt":"2026-01-02T03:04:35+00:00","take":1,"lengthMs":30000,
            "participants":[
            {"id":"part_bob","identity":"bob","present":[{"fromMs":0,"toMs":21000},{"fromMs":22000,"toMs":30000}]},
            {"id":"part_ada","identity":"ada","name":"Ada L.","present":[{"fromMs":1000,"toMs":30000}]}],
            "tracks":[{"id":"trk_camera","participant":"part_ada","kind":"video","source":"camera","codec":"VP8","published":{"fromMs":1500,"toMs":23000},
            "files":[{"name":"trk_camera-1.webm","fromMs":2000,"toMs":20000,"bytes":1234,"sha256":"00ff"}],
            "segments":[{"fromMs":2000,"toMs":5900},{"fromMs":20000,"toMs":20000}],
            "muted":[{"fromMs":6000,"toMs":20000}],
            "gaps":[{"fromMs":5000,"toMs":5500,"lostPackets":7}],"lostPackets":8,
            "keyFramesMs":[2000,4000,20000],
            "sizes":[{"atMs":2000,"width":640,"height":360},{"atMs":4000,"width":640,"height":480}]}],
            "speakers":[{"participant":"part_ada","fromMs":3000,"toMs":4000},{"participant":"part_bob","fromMs":4000,"toMs":21000}],
            "pauses":[{"fromMs":7000,"toMs":8000}],
            "outages":[]}
            """.ReplaceLineEndings(""),
            Encoding.UTF8.GetString(TimelineFormat.Write(builder.Complete(At(30))))
        );
    }

    [Fact]
    public void Reads_back_what_it_wrote()
    {
        var builder = Begin();
        builder.HandleJoined(Ada, "ada", "Ada", At(0));
        builder.HandlePublished(Microphone, Ada, MediaKind.Audio, TrackSource.Microphone, "opus", At(0));
        var written = TimelineFormat.Write(builder.Snapshot(At(3)));
        Assert.Equal(written, TimelineFormat.Write(TimelineFormat.Read(written)));
        Assert.Throws<InvalidDataException>(() => TimelineFormat.Read("{\"version\":2}"u8));
        Assert.Throws<InvalidDataException>(() => TimelineFormat.Read("[]"u8));
    }

    [Fact]
    public void Goes_on_after_a_recorder_was_lost_and_tells_the_outage()
    {
        var first = Begin();
        first.HandleJoined(Ada, "ada", "Ada", At(0));
        first.HandlePublished(Camera, Ada, MediaKind.Video, TrackSource.Camera, "VP8", At(0));
        first.HandleFileStarted(Camera, "trk_camera-1.webm", At(0));
        first.HandleFrame(Camera, At(0), true, new(640, 360));
        first.HandleSpeaker(Ada, At(1));
        first.HandlePaused(At(5));
        var stored = TimelineFormat.Write(first.Snapshot(At(10)));

        var second = new TimelineBuilder(TimelineFormat.Read(stored), At(17));
        Assert.False(second.IsPaused);
        second.HandleJoined(Ada, "ada", "Ada", At(17));
        second.HandlePublished(Camera, Ada, MediaKind.Video, TrackSource.Camera, "VP8", At(17));
        second.HandleFileStarted(Camera, "trk_camera-2.webm", At(18));
        second.HandleFrame(Camera, At(18), true, new(640, 360));
        var timeline = second.Complete(At(20));

        Assert.Equal([new(10_000, 17_000)], timeline.Outages);
        Assert.Equal([new(5_000, 10_000)], timeline.Pauses);
        Assert.Equal([new(0, 10_000), new(17_000, 20_000)], timeline.Participants[0].Present);
        var track = Assert.Single(timeline.Tracks);
        Assert.Equal(new(0, 20_000), track.Published);
        Assert.Equal(["trk_camera-1.webm", "trk_camera-2.webm"], track.Files.Select(file => file.Name));
        Assert.Equal([new(0, 0), new(18_000, 18_000)], track.Segments);
        Assert.Equal([new(Ada, 1_000, 10_000)], timeline.Speakers);
    }

    [Fact]
    public void Tells_what_a_lost_recorder_had_not_stored()
    {
        var first = Begin();
        first.HandleJoined(Ada, "ada", "Ada", At(0));
        Publish(first, Camera, MediaKind.Video, "camera-1", At(0), At(9.9));
        Publish(first, Microphone, MediaKind.Audio, "microphone-1", At(0), At(9.9));
        Publish(first, Screen, MediaKind.Video, "screen-1", At(0), At(9.9));
        Publish(first, Unmuted, MediaKind.Audio, "unmuted-1", At(0), At(4));
        first.HandleMuted(Unmuted, At(4.02));
        var stored = TimelineFormat.Write(first.Snapshot(At(10)));

        // The screen is not shared any more; the one who was muted speaks again.
        var second = new TimelineBuilder(TimelineFormat.Read(stored), At(17));
        Publish(second, Camera, MediaKind.Video, "camera-2", At(18), At(20));
        Publish(second, Microphone, MediaKind.Audio, "microphone-2", At(17.1), At(20));
        Publish(second, Unmuted, MediaKind.Audio, "unmuted-2", At(17.2), At(20));
        second.HandleFileLength(Camera, "camera-1", TimeSpan.FromSeconds(8.5));
        second.HandleFileLength(Microphone, "microphone-1", TimeSpan.FromSeconds(9));
        second.HandleFileLength(Screen, "screen-1", TimeSpan.FromSeconds(8));
        var timeline = TakeoverLosses.Tell(second.Complete(At(21)));

        Assert.Equal([new(9_000, 17_000)], timeline.Outages);
        var gaps = timeline.Tracks.ToDictionary(track => track.Id, track => track.Gaps);
        Assert.Equal([new(8_500, 18_000, 0)], gaps[Camera]);
        Assert.Equal([new(9_000, 17_100, 0)], gaps[Microphone]);
        Assert.Equal([new(8_000, 10_000, 0)], gaps[Screen]);
        // From the end of its mute, which the lost recorder's timeline ends with itself.
        Assert.Equal([new(10_000, 17_200, 0)], gaps[Unmuted]);
        Assert.Equal(TimelineFormat.Write(timeline), TimelineFormat.Write(TakeoverLosses.Tell(timeline)));
    }

    [Fact]
    public void Tells_what_a_recorder_stored_until_it_was_told_to_yield()
    {
        var first = Begin();
        first.HandleJoined(Ada, "ada", "Ada", At(0));
        Publish(first, Camera, MediaKind.Video, "camera-1", At(0), At(9.9));
        Publish(first, Microphone, MediaKind.Audio, "microphone-1", At(0), At(9.9));
        var second = new TimelineBuilder(first.Snapshot(At(10)), At(12));
        second.HandleJoined(Ada, "ada", "Ada", At(12));
        Publish(second, Camera, MediaKind.Video, "camera-2", At(12.5), At(20));
        Publish(second, Microphone, MediaKind.Audio, "microphone-2", At(12), At(20));
        second.HandleFileLength(Camera, "camera-1", TimeSpan.FromSeconds(11.9));
        second.HandleFileLength(Microphone, "microphone-1", TimeSpan.FromSeconds(11.98));
        var timeline = TakeoverLosses.Tell(second.Complete(At(21)));

        Assert.Equal([new(11_980, 12_000)], timeline.Outages);
        Assert.Equal([new(0, 11_980), new(12_000, 21_000)], Assert.Single(timeline.Participants).Present);
        Assert.Equal([new(11_900, 12_500, 0)], timeline.Tracks[0].Gaps);
        Assert.Empty(timeline.Tracks[1].Gaps);
        Assert.Equal(TimelineFormat.Write(timeline), TimelineFormat.Write(TakeoverLosses.Tell(timeline)));
    }

    [Fact]
    public void Calls_nothing_lost_that_was_paused_or_had_ended()
    {
        var first = Begin();
        Publish(first, Camera, MediaKind.Video, "camera-1", At(0), At(4.9));
        Publish(first, Microphone, MediaKind.Audio, "microphone-1", At(0), At(3));
        first.HandleUnpublished(Microphone, At(3.5));
        first.HandlePaused(At(4.9));
        var second = new TimelineBuilder(first.Snapshot(At(10)), At(10));
        second.HandlePaused(At(10));
        second.HandleOutage(At(12), At(14));
        second.HandleResumed(At(20));
        Publish(second, Camera, MediaKind.Video, "camera-2", At(20), At(25));
        var timeline = second.Complete(At(30));
        Assert.Equal(TimelineFormat.Write(timeline), TimelineFormat.Write(TakeoverLosses.Tell(timeline)));
    }

    private static void Publish(
        TimelineBuilder builder,
        TrackId track,
        MediaKind kind,
        string file,
        DateTimeOffset from,
        DateTimeOffset to
    )
    {
        builder.HandlePublished(track, Ada, kind, TrackSource.Unknown, kind is MediaKind.Audio ? "opus" : "VP8", from);
        builder.HandleFileStarted(track, file, from);
        builder.HandleFrame(track, from, true, null);
        builder.HandleFrame(track, to, false, null);
    }

    private static TimelineBuilder Begin() => new(new("rec_1"), new("room_1"), Start);

    private static DateTimeOffset At(double seconds) => Start.AddSeconds(seconds);
}
