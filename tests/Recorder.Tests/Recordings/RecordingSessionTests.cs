using EventMeet.Contracts.Messages;
using EventMeet.Media.Codecs;
using EventMeet.Media.Relays;
using EventMeet.Media.Values;
using EventMeet.Recorder.Recordings;
using EventMeet.Recorder.Storage;
using EventMeet.Recorder.Tests.Fixtures;
using MediaKind = EventMeet.Media.Values.MediaKind;
using TrackSource = EventMeet.Media.Values.TrackSource;

namespace EventMeet.Recorder.Tests.Recordings;

/// <summary>One recording on virtual time: what ends it, and what it leaves out.</summary>
public sealed class RecordingSessionTests
{
    private static readonly DateTimeOffset Origin = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private readonly List<MemorySink> _sinks = [];
    private readonly List<Action<MonotonicTime>> _lost = [];

    [Fact]
    public async Task Ends_by_itself_at_its_greatest_length_and_a_pause_counts()
    {
        var session = await PlayAsync(NewSession(maxSeconds: 3, maxBytes: 1 << 30), seconds: 1);
        session.HandleControl(new RelayPauseChanged(Origin.AddSeconds(1), Paused: true));
        session.Advance(At(2.9));
        Assert.Null(session.State.End);
        session.Advance(At(4));
        Assert.Equal(RecordingEnd.MaxDuration, session.State.End);
    }

    [Fact]
    public async Task Ends_by_itself_at_its_greatest_size()
    {
        var session = await PlayAsync(NewSession(maxSeconds: 100, maxBytes: 20_000), seconds: 2);
        session.Advance(At(5));
        Assert.Equal(RecordingEnd.MaxBytes, session.State.End);
    }

    [Fact]
    public async Task Ends_when_storage_has_failed()
    {
        var session = await PlayAsync(NewSession(maxSeconds: 100, maxBytes: 1 << 30), seconds: 2);
        session.Advance(At(3.2));
        Assert.Null(session.State.End);
        Assert.Single(_sinks).Fault = StorageFault.SpillFull;
        session.Advance(At(4.5));
        Assert.Equal(RecordingEnd.StorageFailed, session.State.End);
    }

    [Fact]
    public async Task A_file_that_stops_after_some_packets_has_everything_that_came()
    {
        var session = await PlayAsync(NewSession(maxSeconds: 100, maxBytes: 1 << 30), seconds: 2);
        session.Finish(At(2));
        var timeline = session.Timeline(default, out var at)!.Snapshot(at);
        var track = Assert.Single(timeline.Tracks);
        Assert.Equal(0, track.LostPackets);
        Assert.InRange(Assert.Single(track.Files).ToMs, 1900, 2000);
        Assert.Equal("ten_1/rec_1/a_b-camera-trk_1-1.webm", Assert.Single(_sinks).Name);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_missing_when_it_is_stopped_is_waited_for(bool comes)
    {
        var session = await PlayAsync(NewSession(maxSeconds: 100, maxBytes: 1 << 30), seconds: 2, losesAt: 1.9);
        session.Stop(At(2));
        Assert.True(session.State.IsWaiting);
        session.HandleControl(new RelayParticipantLeft(Origin, "part_1"));
        if (comes)
        {
            Assert.Single(_lost)(At(2.2));
        }
        else
        {
            session.Advance(At(2.7));
            Assert.True(session.State.IsWaiting);
            session.Advance(At(3));
        }

        Assert.False(session.State.IsWaiting);
        session.Finish(At(3));
        var timeline = session.Timeline(default, out var at)!.Snapshot(at);
        Assert.Equal(2000, timeline.LengthMs);
        Assert.Equal([new(0, 2000)], Assert.Single(timeline.Participants).Present);
        var (from, to) = comes ? (1900, 2000) : (1700, 1900);
        Assert.InRange(Assert.Single(Assert.Single(timeline.Tracks).Files).ToMs, from, to);
    }

    [Fact]
    public async Task What_comes_after_it_is_stopped_is_left_out()
    {
        var session = await PlayAsync(NewSession(maxSeconds: 100, maxBytes: 1 << 30), seconds: 2, stopsAt: 1);
        Assert.False(session.State.IsWaiting);
        session.Finish(At(2));
        var timeline = session.Timeline(default, out var at)!.Snapshot(at);
        Assert.Equal(1000, timeline.LengthMs);
        Assert.InRange(Assert.Single(Assert.Single(timeline.Tracks).Files).ToMs, 900, 1000);
    }

    [Fact]
    public void What_came_before_the_first_hello_is_not_believed()
    {
        var session = NewSession(maxSeconds: 100, maxBytes: 1 << 30);
        session.HandleTime(At(1));
        session.HandleControl(new RelayParticipantJoined(Origin, "part_1", "a", null));
        Assert.Null(session.State.StartedAt);
        session.Finish(At(2));
        Assert.Null(session.Timeline(default, out _));
    }

    private static MonotonicTime At(double seconds) => MonotonicTime.Zero + TimeSpan.FromSeconds(seconds);

    private RecordingSession NewSession(int maxSeconds, long maxBytes) =>
        new(
            new(
                new(
                    new("ten_1"),
                    new("room_1"),
                    new("rec_1"),
                    "ten_1/rec_1",
                    new(RecordingMode.Tracks, new(null, null, AudioOnly: false), null, maxSeconds, maxBytes)
                ),
                Take: 1,
                Former: null,
                Origin
            ),
            (name, _) =>
            {
                _sinks.Add(new(name));
                return _sinks[^1];
            }
        );

    /// <summary>A camera; of the first frame at or after a time the first packet is lost.</summary>
    private async Task<RecordingSession> PlayAsync(
        RecordingSession session,
        double seconds,
        double losesAt = 1000,
        double stopsAt = 1000
    )
    {
        var content = await EncodedTrack.OfAsync(CodecKind.Vp8);
        var packetizer = new Packetizer(CodecKind.Vp8, firstSequenceNumber: 7);
        var description = new RelayTrackDescription(
            "trk_1",
            "part_1",
            MediaKind.Video,
            TrackSource.Camera,
            Muted: false,
            0x1234,
            0x1235,
            7,
            96,
            97,
            "VP8",
            packetizer.ClockRate,
            0,
            null
        );
        session.HandleTime(At(0));
        session.HandleControl(new RelayHello(Origin, RelayHello.CurrentVersion, "room_1", 1, null, Paused: false));
        session.HandleControl(new RelayParticipantJoined(Origin, "part_1", "a/b", null));
        session.HandleControl(new RelayTrackAdded(Origin, description));
        var track = new RelayTrack(description, At(0));
        foreach (var frame in content.Frames.Where(frame => frame.At < TimeSpan.FromSeconds(seconds)))
        {
            var now = MonotonicTime.Zero + frame.At;
            session.HandleTime(now);
            if (now >= At(stopsAt))
            {
                session.Stop(At(stopsAt));
            }

            foreach (var packet in packetizer.Cut(frame))
            {
                if (now >= At(losesAt) && _lost.Count == 0)
                {
                    _lost.Add(late => session.HandlePacket(track, packet, late));
                }
                else
                {
                    session.HandlePacket(track, packet, now);
                }
            }
        }

        return session;
    }

    private sealed class MemorySink(string name) : IRecordingSink
    {
        public string Name => name;

        public StorageFault? Fault { get; set; }

        public long StoredBytes { get; private set; }

        public void Append(ReadOnlySpan<byte> bytes) => StoredBytes += bytes.Length;

        public Task<StoredFile> CompleteAsync(CancellationToken cancellationToken) =>
            Task.FromResult(new StoredFile(name, StoredBytes, "", Fault));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
