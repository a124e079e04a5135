using System.Security.Cryptography;
using Azure.Storage.Blobs;
using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using EventMeet.Media.Codecs;
using EventMeet.Media.Relays;
using EventMeet.Recorder.Tests.Fixtures;
using EventMeet.Recorder.Tests.Storage;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Tests.Recordings;

/// <summary>A recorder with real sockets, storage and ffprobe; only the bus is in memory.</summary>
public sealed class WholeRecorderTests
{
    private static readonly RecordingId Recording = new("rec_1");
    private static readonly StartRecording Start = new(
        new("ten_1"),
        new("room_1"),
        Recording,
        "ten_1/rec_1",
        new(RecordingMode.Tracks, new(null, null, AudioOnly: false), null, MaxDurationSeconds: 3600, MaxBytes: 1 << 30)
    );

    private static CancellationToken Stopping => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Records_through_the_loss_of_its_relay_and_reports_files_that_stand()
    {
        await using var azurite = await Azurite.StartedAsync();
        using var scratch = new Scratch();
        var bus = new WorkBus(TimeProvider.System);
        await using var room = await SyntheticRoom.OpenAsync(bus, CodecKind.Opus, CodecKind.Vp8, CodecKind.H264);
        await using var recorder = await TestRecorder.StartAsync(bus, azurite.ConnectionString, scratch.Folder);
        bus.Put(BusEntities.RecorderCommands, Start);

        var started = await bus.NextAsync<RecordingStarted>();
        Assert.Equal(1, started.Take);
        await DelayAsync(2.5);
        room.IsAlive = false;
        var lost = await bus.NextAsync<RelayWanted>(wanted => wanted.Lost is not null);
        Assert.Equal("rly_1", lost.Lost!.Value.Value);
        room.IsAlive = true;
        await DelayAsync(4);
        bus.Put(BusEntities.RecorderOrders, new StopRecording(Recording, RecordingEnd.Stopped), started.Worker.Value);
        bus.Put(BusEntities.RecorderOrders, new StopRecording(Recording, RecordingEnd.Stopped), started.Worker.Value);
        var finished = await bus.NextAsync<RecordingFinished>();

        Assert.Null(finished.Fault);
        Assert.Equal(RecordingEnd.Stopped, finished.Reason);
        Assert.Equal(4, finished.Files.Count);
        await AssertStoredAsync(azurite, finished);
        var video = Assert.Single(finished.Files, file => file.Track == new TrackId("trk_Vp8"));
        Assert.Equal("ten_1/rec_1/ada@example.org-camera-trk_Vp8-1.webm", video.Name);
        Assert.Equal((128, 96, "ada@example.org"), (video.Width, video.Height, video.Identity));
        var gap = Assert.Single(video.Gaps!);
        Assert.InRange(gap.ToMs - gap.FromMs, 4000, 15_000);
        var timeline = await TimelineAsync(azurite);
        Assert.Equal(
            2,
            Assert.Single(timeline.Participants, who => who.Id == new ParticipantId("part_2")).Present.Count
        );
        Assert.Single(timeline.Outages);
        await UntilAsync(() => bus.Waiting == 0);
        Assert.Single(bus.Facts.OfType<RecordingFinished>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_recorder_that_stops_hands_over_and_the_next_one_goes_on_in_the_same_recording(bool forgets)
    {
        await using var azurite = await Azurite.StartedAsync();
        using var scratch = new Scratch();
        var bus = new WorkBus(TimeProvider.System);
        await using var room = await SyntheticRoom.OpenAsync(bus, CodecKind.Opus, CodecKind.Vp9);
        var first = await TestRecorder.StartAsync(bus, azurite.ConnectionString, scratch.Folder);
        bus.Put(BusEntities.RecorderCommands, Start);
        var began = await bus.NextAsync<RecordingStarted>();
        await DelayAsync(2);
        await first.DisposeAsync();
        if (forgets)
        {
            bus.ForgetDeliveries();
        }

        await using var second = await TestRecorder.StartAsync(bus, azurite.ConnectionString, scratch.Folder);
        var went = await bus.NextAsync<RecordingStarted>(started => started.Take == 2);
        Assert.Equal(began.At, went.At);
        Assert.NotEqual(began.Worker, went.Worker);
        await DelayAsync(2);
        room.Say = new RelayEnded(TimeProvider.System.GetUtcNow(), RelayEnd.RoomEnded);
        var finished = await bus.NextAsync<RecordingFinished>();

        Assert.Null(finished.Fault);
        Assert.Equal(RecordingEnd.RoomEnded, finished.Reason);
        Assert.Equal(began.At, finished.StartedAt);
        // Two tracks by two recorders, and the timeline.
        Assert.Equal(5, finished.Files.Count);
        await AssertStoredAsync(azurite, finished);
        var timeline = await TimelineAsync(azurite);
        Assert.Single(timeline.Outages);
        Assert.Equal(2, timeline.Take);
        Assert.All(timeline.Tracks, track => Assert.Equal(2, track.Files.Count));
    }

    [Fact]
    public async Task A_lock_that_is_lost_is_taken_up_again_without_a_gap()
    {
        await using var azurite = await Azurite.StartedAsync();
        using var scratch = new Scratch();
        var bus = new WorkBus(TimeProvider.System);
        await using var room = await SyntheticRoom.OpenAsync(bus, CodecKind.Opus);
        await using var recorder = await TestRecorder.StartAsync(
            bus,
            azurite.ConnectionString,
            scratch.Folder,
            ("Recorder:MaxRecordings", "1")
        );
        bus.Put(BusEntities.RecorderCommands, Start);
        var started = await bus.NextAsync<RecordingStarted>();
        bus.LoseLocks();
        await DelayAsync(5);
        bus.Put(BusEntities.RecorderOrders, new StopRecording(Recording, RecordingEnd.Stopped), started.Worker.Value);
        var finished = await bus.NextAsync<RecordingFinished>();

        Assert.Null(finished.Fault);
        Assert.Null(Assert.Single(finished.Files, file => file.Track is not null).Gaps);
        Assert.Equal(1, room.Relays);
        await UntilAsync(() => bus.Waiting == 0);
    }

    [Fact]
    public async Task A_recording_that_nothing_came_of_leaves_no_file_and_one_that_is_yielded_says_nothing()
    {
        await using var azurite = await Azurite.StartedAsync();
        using var scratch = new Scratch();
        await using var bus = new WorkBus(TimeProvider.System);
        await using var recorder = await TestRecorder.StartAsync(bus, azurite.ConnectionString, scratch.Folder);
        bus.Put(BusEntities.RecorderCommands, Start);
        var wanted = await bus.NextAsync<RelayWanted>();
        Assert.Equal("127.0.0.1", Assert.Single(wanted.Addresses).Address);
        bus.Put(BusEntities.RecorderOrders, new StopRecording(Recording, RecordingEnd.Stopped), wanted.Worker.Value);
        var finished = await bus.NextAsync<RecordingFinished>();
        Assert.Null(finished.Fault);
        Assert.Null(finished.StartedAt);
        Assert.Empty(finished.Files);
        await UntilAsync(() => bus.Waiting == 0);

        var other = Start with { Recording = new("rec_2") };
        bus.Put(BusEntities.RecorderCommands, other);
        await bus.NextAsync<RelayWanted>(fact => fact.Recording == other.Recording);
        bus.Put(BusEntities.RecorderOrders, new YieldRecording(other.Recording), wanted.Worker.Value);
        await UntilAsync(() => bus.Waiting == 0);
        Assert.DoesNotContain(bus.Facts.OfType<RecordingFinished>(), fact => fact.Recording == other.Recording);
    }

    private static Task DelayAsync(double seconds) =>
        Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System, Stopping);

    private static async Task UntilAsync(Func<bool> holds)
    {
        while (!holds())
        {
            await DelayAsync(0.05);
        }
    }

    private static async Task<RecordingTimeline> TimelineAsync(Azurite azurite)
    {
        var blob = Container(azurite).GetBlobClient("ten_1/rec_1/timeline.json");
        return TimelineFormat.Read((await blob.DownloadContentAsync(Stopping)).Value.Content);
    }

    private static async Task AssertStoredAsync(Azurite azurite, RecordingFinished finished)
    {
        foreach (var file in finished.Files)
        {
            var stored = (await Container(azurite).GetBlobClient(file.Name).DownloadContentAsync(Stopping)).Value;
            Assert.Equal(file.Bytes, stored.Content.ToMemory().Length);
            Assert.Equal(file.Sha256, Convert.ToHexStringLower(SHA256.HashData(stored.Content)));
            Assert.Equal(file.ContentType, stored.Details.ContentType);
        }
    }

    private static BlobContainerClient Container(Azurite azurite) => new(azurite.ConnectionString, "recordings");
}
