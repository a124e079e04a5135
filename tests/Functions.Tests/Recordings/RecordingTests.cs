using System.Net;
using System.Text.Json.Nodes;
using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Storage;
using EventMeet.Functions.Tests.Fakes;
using EventMeet.Functions.Tests.Placement;

namespace EventMeet.Functions.Tests.Recordings;

/// <summary>Recordings over HTTP, the bus and the clock, as the outside meets them.</summary>
public sealed class RecordingTests : IAsyncLifetime
{
    private static readonly WorkerId Sfu = new("wkr_1");
    private static readonly WorkerId Recorder = new("wkr_rec1");
    private static readonly WorkerId OtherRecorder = new("wkr_rec2");

    private readonly FunctionsFixture _app = new();
    private long _sequence;

    public async ValueTask InitializeAsync()
    {
        await _app.InitializeAsync();
        // The functions have been up for a while, so that silence means something.
        await _app.TickAsync("RecordingReap");
        _app.Clock.Advance(TimeSpan.FromMinutes(1));
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private DateTimeOffset Now => _app.Clock.GetUtcNow();

    [Fact]
    public async Task Records_a_room_from_the_request_to_the_signed_links()
    {
        var room = await LiveRoomAsync();
        var made = await _app.SendAsync(
            "POST",
            $"/v1/rooms/{room}/recordings",
            """{"startedBy":"Ada","layout":{"type":"screenShare","width":1920,"height":1080},"retentionDays":7}"""
        );
        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.Equal("starting", made.Text("state"));
        Assert.NotEmpty(made.Text("warning")); // nobody has heard of a recorder
        var id = new RecordingId(made.Text("id"));
        var start = Assert.IsType<StartRecording>(Sent(BusEntities.RecorderCommands).Single().Order);
        Assert.Equal(($"{_app.Key.Tenant}/{room}/{id}", 1920), (start.Folder, start.Plan.Composite!.Width));
        Assert.Null(Sent(BusEntities.RecorderCommands).Single().Message.TimeToLive);

        await _app.ReportAsync(Wanted(room, id, Recorder, 1));
        var open = Assert.IsType<OpenRelay>(Sent(BusEntities.SfuCommands).Last().Order);
        var feed = Assert.IsType<FeedRecording>(Sent(BusEntities.RecorderOrders).Last().Order);
        Assert.Equal(open.Relay, feed.Relay);
        Assert.Equal((28, 28), (Length(open.Relay.SenderKey), Length(open.Relay.ReceiverKey)));
        Assert.NotEqual(open.Relay.SenderKey, open.Relay.ReceiverKey);
        Assert.Equal((new RecordingNotice(id, "Ada"), 5004, 1L), (open.Notice, feed.Port, open.Epoch));
        Assert.Equal(Sfu.Value, Sent(BusEntities.SfuCommands).Last().Message.SessionId);
        Assert.Equal(Recorder.Value, Sent(BusEntities.RecorderOrders).Last().Message.SessionId);
        await _app.Get<OutboxCleaner>().FlushAsync(); // a moment later
        Assert.DoesNotContain(_app.Store.RowsOf("rooms"), row => row.Body.Contains(open.Relay.SenderKey));

        await _app.ReportAsync(new RecordingStarted(Recorder, Now, _app.Key.Tenant, room, id, 1));
        _app.Clock.Advance(TimeSpan.FromSeconds(35));
        await _app.ReportAsync(new RecordingProgressed(Recorder, Now, _app.Key.Tenant, room, id, 35_000, 2, 900, 7));
        var running = await GetAsync(id);
        Assert.Equal(("recording", "35000"), (running.Text("state"), running.Text("durationMs")));

        var stopped = await _app.SendAsync("POST", $"/v1/recordings/{id}/stop");
        Assert.Equal((HttpStatusCode.Accepted, "stopping"), (stopped.Status, stopped.Text("state")));
        Assert.Equal(new StopRecording(id, RecordingEnd.Stopped), Sent(BusEntities.RecorderOrders).Last().Order);
        // The recorder may still ask for packets that were lost.
        Assert.IsType<OpenRelay>(Sent(BusEntities.SfuCommands).Last().Order);

        await _app.ReportAsync(Finished(room, id, Recorder, RecordingEnd.Stopped, "a.webm", "b.webm"));
        Assert.Equal(open.Relay.Id, Assert.IsType<CloseRelay>(Sent(BusEntities.SfuCommands).Last().Order).Relay);
        Assert.Equal("processing", (await GetAsync(id)).Text("state"));
        var make = Assert.IsType<MakeComposite>(Sent(BusEntities.CompositeJobs).Single().Order);
        await _app.ReportAsync(
            new CompositeProgressed(OtherRecorder, Now, _app.Key.Tenant, room, id, make.Composite, 50),
            Made(room, id, make.Composite, "composite.mp4"),
            Made(room, id, make.Composite, "composite.mp4")
        );
        var done = await GetAsync(id);
        Assert.Equal(
            ("completed", "stopped", "4"),
            (done.Text("state"), done.Text("endReason"), done.Text("fileCount"))
        );
        Assert.Equal(
            ["recording.started", "recording.progressed", "composite.completed", "recording.completed"],
            Told(room).Select(one => one.Type).Where(type => type.StartsWith('r') || type.StartsWith('c')).Skip(2)
        );
        var files = Told(room).Last().Data["files"]!.AsArray();
        Assert.Equal(
            ["composite.mp4", "a.webm", "b.webm", "timeline.json"],
            files.Select(one => (string)one!["name"]!)
        );
        Assert.Contains($"as={id}-composite.mp4", (string)files[0]!["downloadUrl"]!);
        Assert.Equal(new string('a', 64), (string)files[0]!["sha256"]!);

        var listed = await _app.SendAsync("GET", $"/v1/recordings/{id}/files?limit=2");
        Assert.Equal(2, listed.Json["data"]!.AsArray().Count);
        var rest = await _app.SendAsync("GET", $"/v1/recordings/{id}/files?cursor={listed.Text("nextCursor")}");
        Assert.Equal(["b.webm", "timeline.json"], rest.Json["data"]!.AsArray().Select(one => (string)one!["name"]!));
        var links = await _app.SendAsync(
            "POST",
            $"/v1/recordings/{id}/links",
            """{"names":["b.webm"],"expiresInSeconds":90}"""
        );
        var link = links.Json["data"]!.AsArray().Single()!;
        Assert.Contains($"until={(Now + TimeSpan.FromSeconds(90)).ToUnixTimeSeconds()}", (string)link["downloadUrl"]!);
    }

    [Fact]
    public async Task Fails_a_start_that_nobody_took_within_thirty_seconds()
    {
        var room = await LiveRoomAsync();
        var id = await RecordAsync(room);
        await TickAfterAsync(29);
        Assert.Equal("starting", (await GetAsync(id)).Text("state"));
        await TickAfterAsync(7);
        var failed = await GetAsync(id);
        Assert.Equal(("failed", "no_recorder"), (failed.Text("state"), failed.Text("failureReason")));
        Assert.Equal("recording.failed", Told(room).Last().Type);

        // A recorder that comes too late is told so, and nothing else happens.
        await _app.ReportAsync(Wanted(room, id, Recorder, 1));
        Assert.Equal(new YieldRecording(id), Sent(BusEntities.RecorderOrders).Single().Order);
        Assert.Empty(Sent(BusEntities.SfuCommands));
        Assert.Single(Told(room), one => one.Type == "recording.failed");
    }

    [Fact]
    public async Task Completes_with_no_files_when_it_is_stopped_before_anybody_took_it()
    {
        var room = await LiveRoomAsync();
        var id = await RecordAsync(room);
        var stopped = await _app.SendAsync("POST", $"/v1/recordings/{id}/stop");
        Assert.Equal((HttpStatusCode.OK, "completed"), (stopped.Status, stopped.Text("state")));
        Assert.Equal(HttpStatusCode.OK, (await _app.SendAsync("POST", $"/v1/recordings/{id}/stop")).Status);
        var told = Assert.Single(Told(room), one => one.Type.StartsWith("recording.", StringComparison.Ordinal));
        Assert.Equal(("recording.completed", 0), (told.Type, (int)told.Data["fileCount"]!));
        await _app.ReportAsync(Wanted(room, id, Recorder, 1));
        Assert.Equal(new YieldRecording(id), Sent(BusEntities.RecorderOrders).Single().Order);
        Assert.Empty((await _app.SendAsync("GET", $"/v1/rooms/{room}")).Json["activeRecordings"]!.AsArray());
    }

    [Fact]
    public async Task Gives_the_recording_to_the_next_recorder_when_one_is_lost()
    {
        var room = await LiveRoomAsync();
        var id = await RunningAsync(room);
        var first = Assert.IsType<OpenRelay>(Sent(BusEntities.SfuCommands).Last().Order);
        _app.Clock.Advance(TimeSpan.FromSeconds(8));
        await _app.ReportAsync(Workers.Alive("1", Now), Wanted(room, id, OtherRecorder, 2));
        var orders = Sent(BusEntities.SfuCommands).Select(one => one.Order).ToList();
        Assert.Equal(first.Relay.Id, Assert.IsType<CloseRelay>(orders[^2]).Relay);
        Assert.NotEqual(first.Relay, Assert.IsType<OpenRelay>(orders[^1]).Relay);
        var told = Sent(BusEntities.RecorderOrders).TakeLast(2).ToList();
        Assert.Equal((new YieldRecording(id), Recorder.Value), (told[0].Order, told[0].Message.SessionId));
        Assert.Equal(OtherRecorder.Value, told[1].Message.SessionId);

        // The lost one comes back to life: it is no longer wanted, and its last word does not count.
        await _app.ReportAsync(Wanted(room, id, Recorder, 1));
        Assert.Equal(new YieldRecording(id), Sent(BusEntities.RecorderOrders).Last().Order);
        await _app.ReportAsync(Finished(room, id, Recorder, RecordingEnd.Stopped, "a.webm"));
        Assert.Equal("recording", (await GetAsync(id)).Text("state"));
    }

    [Fact]
    public async Task Moves_no_room_that_people_are_in_because_a_recorder_wants_media()
    {
        var room = await LiveRoomAsync();
        var id = await RunningAsync(room);
        var (message, order) = Sent(BusEntities.SfuCommands).Single();
        var opened = Assert.IsType<OpenRelay>(order);

        // Storage was away, and with it the heartbeats of the room's worker; another worker has been heard of again.
        _app.Clock.Advance(TimeSpan.FromSeconds(8));
        await _app.ReportAsync(Workers.Alive("2", Now), Wanted(room, id, OtherRecorder, 2));
        Assert.Single(Sent(BusEntities.SfuCommands), one => one.Order is OpenRelay);

        _app.Clock.Advance(TimeSpan.FromSeconds(2));
        await _app.ReportAsync(Workers.Alive("1", Now), Wanted(room, id, OtherRecorder, 2));
        var last = Sent(BusEntities.SfuCommands).Last();
        var again = Assert.IsType<OpenRelay>(last.Order);
        Assert.Equal((message.SessionId, opened.Epoch), (last.Message.SessionId, again.Epoch));
        Assert.NotEqual(opened.Relay.Id, again.Relay.Id);
    }

    [Fact]
    public async Task Answers_a_repeated_request_once_and_a_later_one_anew()
    {
        var room = await LiveRoomAsync();
        var id = await RecordAsync(room);
        var wanted = Wanted(room, id, Recorder, 1);
        await _app.ReportAsync(wanted);
        _app.Clock.Advance(TimeSpan.FromSeconds(2));
        await _app.ReportAsync(wanted, Wanted(room, id, Recorder, 1));
        Assert.Single(Sent(BusEntities.SfuCommands));
        _app.Clock.Advance(TimeSpan.FromSeconds(2));
        await _app.ReportAsync(Workers.Alive("1", Now), Wanted(room, id, Recorder, 1));
        Assert.Equal(3, Sent(BusEntities.SfuCommands).Count); // the old one closed, a new one opened
        _app.Clock.Advance(TimeSpan.FromSeconds(10));
        await _app.ReportAsync(wanted);
        Assert.Equal(3, Sent(BusEntities.SfuCommands).Count); // an old message that came again
    }

    [Fact]
    public async Task Answers_requests_that_piled_up_with_one_relay()
    {
        var room = await LiveRoomAsync();
        var id = await RecordAsync(room);
        var requests = Enumerable
            .Range(0, 20)
            .Select(_ =>
            {
                _app.Clock.Advance(TimeSpan.FromSeconds(2));
                return Wanted(room, id, Recorder, 1);
            })
            .ToArray();
        await _app.ReportAsync([Workers.Alive("1", Now), .. requests]);
        Assert.Single(Sent(BusEntities.SfuCommands));
        Assert.Single(Sent(BusEntities.RecorderOrders));
    }

    [Fact]
    public async Task Fails_when_the_recorder_is_lost_and_shows_what_it_had_stored()
    {
        var room = await LiveRoomAsync();
        var id = await RunningAsync(room);
        FileOf(room, id, RecordedFileKind.Track, "half.webm");
        await TickAfterAsync(50);
        Assert.Equal("recording", (await GetAsync(id)).Text("state"));
        await TickAfterAsync(20);
        var failed = await GetAsync(id);
        Assert.Equal(("failed", "recorder_lost"), (failed.Text("state"), failed.Text("failureReason")));
        var told = Told(room).Last();
        Assert.Equal("recording.failed", told.Type);
        Assert.Equal("half.webm", (string)told.Data["files"]!.AsArray().Single()!["name"]!);
        Assert.Null(told.Data["files"]![0]!["sha256"]);

        // Should another take it later, it is told to finish, and the files are known for sure.
        await _app.ReportAsync(Wanted(room, id, OtherRecorder, 2));
        Assert.IsType<StopRecording>(Sent(BusEntities.RecorderOrders).Last().Order);
        await _app.ReportAsync(Finished(room, id, OtherRecorder, RecordingEnd.Stopped, "half.webm"));
        Assert.Equal(("failed", "2"), ((await GetAsync(id)).Text("state"), (await GetAsync(id)).Text("fileCount")));
        Assert.Single(Told(room), one => one.Type is "recording.failed" or "recording.completed");
    }

    [Fact]
    public async Task Pauses_and_resumes_and_tells_the_shard()
    {
        var room = await LiveRoomAsync();
        var id = await RecordAsync(room);
        Assert.Equal("recording-not-running", (await _app.SendAsync("POST", $"/v1/recordings/{id}/pause")).Problem);
        await TakeAsync(room, id);
        Assert.Equal("paused", (await _app.SendAsync("POST", $"/v1/recordings/{id}/pause")).Text("state"));
        Assert.Equal("paused", (await _app.SendAsync("POST", $"/v1/recordings/{id}/pause")).Text("state"));
        var pause = Assert.IsType<UpdateRelay>(Sent(BusEntities.SfuCommands).Last().Order);
        Assert.True(pause.Paused);
        Assert.Equal("recording", (await _app.SendAsync("POST", $"/v1/recordings/{id}/resume")).Text("state"));
        Assert.Equal(pause with { Paused = false }, Sent(BusEntities.SfuCommands).Last().Order);
        Assert.Equal(["recording.paused", "recording.resumed"], Told(room).TakeLast(2).Select(one => one.Type));
    }

    [Fact]
    public async Task Records_by_itself_from_the_first_join_until_everybody_was_away_for_the_grace_period()
    {
        var room = await _app.MakeRoomAsync(
            """{"recording":{"policy":"automatic","mode":"audio","stopAfterSeconds":20,"startedBy":"the house"}}"""
        );
        await _app.ReportAsync(Workers.Alive("1", Now), Joined(room, "anna"), Joined(room, "ben"));
        var start = Assert.IsType<StartRecording>(Sent(BusEntities.RecorderCommands).Single().Order);
        Assert.Equal(RecordingMode.Audio, start.Plan.Mode);
        Assert.True(start.Plan.Filter.AudioOnly);
        await TakeAsync(room, start.Recording);

        await _app.ReportAsync(Left(room, "anna"), Left(room, "ben"));
        await TickAfterAsync(10);
        await _app.ReportAsync(Joined(room, "carl"));
        await TickAfterAsync(15);
        Assert.Equal("recording", (await GetAsync(start.Recording)).Text("state"));
        await _app.ReportAsync(Left(room, "carl"));
        await TickAfterAsync(27);
        Assert.Equal("stopping", (await GetAsync(start.Recording)).Text("state"));
        await _app.ReportAsync(Finished(room, start.Recording, Recorder, RecordingEnd.RoomEnded, "a.webm"));
        Assert.Equal(
            CompositeFormat.M4a,
            Assert.IsType<MakeComposite>(Sent("composite-jobs").Single().Order).Spec.Format
        );

        // The next ones who meet are recorded anew; who stops that is not recorded again while anybody is in.
        await _app.ReportAsync(Joined(room, "dora"));
        var second = Assert.IsType<StartRecording>(Sent(BusEntities.RecorderCommands).Last().Order).Recording;
        Assert.NotEqual(start.Recording, second);
        await _app.SendAsync("POST", $"/v1/recordings/{second}/stop");
        await _app.ReportAsync(Joined(room, "emil"));
        Assert.Equal(2, Sent(BusEntities.RecorderCommands).Count);
    }

    [Fact]
    public async Task Stops_with_the_room()
    {
        var room = await LiveRoomAsync();
        var id = await RunningAsync(room);
        await _app.SendAsync("DELETE", $"/v1/rooms/{room}");
        Assert.Contains(
            new StopRecording(id, RecordingEnd.RoomEnded),
            Sent(BusEntities.RecorderOrders).Select(o => o.Order)
        );
        Assert.Equal("stopping", (await GetAsync(id)).Text("state"));
        await _app.ReportAsync(Finished(room, id, Recorder, RecordingEnd.RoomEnded));
        Assert.Equal(
            ("completed", "room_ended"),
            ((await GetAsync(id)).Text("state"), (await GetAsync(id)).Text("endReason"))
        );
        Assert.Equal("room-ending", (await _app.SendAsync("POST", $"/v1/rooms/{room}/recordings")).Problem);
    }

    [Fact]
    public async Task Leaves_a_room_open_that_was_recorded_before_anybody_came()
    {
        var room = await _app.MakeRoomAsync();
        await _app.ReportAsync(Workers.Alive("1", Now));
        var id = await RunningAsync(room);
        Assert.IsType<OpenRelay>(Sent(BusEntities.SfuCommands).Single().Order);
        await TickAfterAsync(50);
        Assert.Equal("recording", (await GetAsync(id)).Text("state")); // nobody was there whom it could have lost

        // The shard lets the empty room go, and the recorder with it.
        await _app.ReportAsync(
            new RoomEmptied(Sfu, Now, _app.Key.Tenant, room, 1, ++_sequence),
            Finished(room, id, Recorder, RecordingEnd.RoomEnded)
        );
        Assert.Equal(("completed", "0"), ((await GetAsync(id)).Text("state"), (await GetAsync(id)).Text("fileCount")));
        Assert.Equal("open", (await _app.SendAsync("GET", $"/v1/rooms/{room}")).Text("state"));
    }

    [Fact]
    public async Task Deletes_on_request_and_when_its_days_are_over()
    {
        var room = await LiveRoomAsync();
        var (first, second) = (
            await RunningAsync(room),
            await RunningAsync(room, """{"mode":"tracks","retentionDays":1}""")
        );
        Assert.Equal(HttpStatusCode.Accepted, (await _app.SendAsync("DELETE", $"/v1/recordings/{first}")).Status);
        await _app.ReportAsync(
            Finished(room, first, Recorder, RecordingEnd.Stopped, "a.webm"),
            Finished(room, second, Recorder, RecordingEnd.Stopped, "b.webm")
        );
        Assert.Equal(4, _app.Blobs.Blobs.Count);
        await TickAfterAsync(7);
        Assert.Equal("deleted", (await GetAsync(first)).Text("state"));
        Assert.All(_app.Blobs.Blobs.Keys, name => Assert.Contains(second.Value, name));
        Assert.Equal(
            1,
            Told(room)
                .Count(one => one.Type == "recording.completed" && (string)one.Data["recording"]!["id"]! == first.Value)
        );

        _app.Blobs.IsDown = true;
        await TickAfterAsync(24 * 3600);
        Assert.Equal("deleted", (await GetAsync(second)).Text("state"));
        Assert.Equal(2, _app.Blobs.Blobs.Count);
        _app.Blobs.IsDown = false;
        await TickAfterAsync(70);
        Assert.Empty(_app.Blobs.Blobs);
        Assert.Empty((await _app.SendAsync("GET", $"/v1/recordings/{second}/files")).Json["data"]!.AsArray());
        await TickAfterAsync(31 * 24 * 3600);
        Assert.Equal("recording-not-found", (await GetAsync(second)).Problem);
    }

    [Fact]
    public async Task Makes_another_composite_later_and_cancels_one()
    {
        var room = await LiveRoomAsync();
        var id = await RunningAsync(room, """{"mode":"tracks"}""");
        var path = $"/v1/recordings/{id}/composites";
        Assert.Equal("recording-not-over", (await _app.SendAsync("POST", path)).Problem);
        await _app.ReportAsync(Finished(room, id, Recorder, RecordingEnd.Stopped, "a.webm"));
        Assert.Equal("completed", (await GetAsync(id)).Text("state"));

        var made = await _app.SendAsync("POST", path, """{"layout":{"type":"speaker"},"format":"webm"}""");
        Assert.Equal((HttpStatusCode.Created, "waiting"), (made.Status, made.Text("state")));
        var film = new CompositeId(made.Text("id"));
        await _app.ReportAsync(Made(room, id, film, "speaker.webm"));
        Assert.Equal("completed", (await _app.SendAsync("GET", $"{path}/{film}")).Text("state"));
        Assert.Equal("composite.completed", Told(room).Last().Type);

        var other = new CompositeId((await _app.SendAsync("POST", path)).Text("id"));
        await _app.ReportAsync(new CompositeProgressed(OtherRecorder, Now, _app.Key.Tenant, room, id, other, 3));
        Assert.Equal(HttpStatusCode.NoContent, (await _app.SendAsync("DELETE", $"{path}/{other}")).Status);
        Assert.Equal(new CancelComposite(id, other), Sent(BusEntities.RecorderOrders).Last().Order);
        Assert.Equal("canceled", (await _app.SendAsync("GET", $"{path}/{other}")).Text("state"));
        await _app.ReportAsync(Made(room, id, other, "late.mp4"));
        Assert.Equal("canceled", (await _app.SendAsync("GET", $"{path}/{other}")).Text("state"));

        Assert.Equal(HttpStatusCode.NoContent, (await _app.SendAsync("DELETE", $"{path}/{film}")).Status);
        Assert.DoesNotContain(_app.Blobs.Blobs.Keys, name => name.EndsWith("speaker.webm", StringComparison.Ordinal));
        Assert.Equal("composite-not-found", (await _app.SendAsync("GET", $"{path}/{film}")).Problem);
    }

    [Fact]
    public async Task Orders_a_composite_again_that_nobody_speaks_of_and_fails_in_the_end()
    {
        var room = await LiveRoomAsync();
        var id = await RunningAsync(room);
        await _app.ReportAsync(Finished(room, id, Recorder, RecordingEnd.Stopped, "a.webm"));
        for (var hours = 0; hours < 16; hours++)
        {
            await TickAfterAsync(3600);
        }

        Assert.Equal(4, Sent(BusEntities.CompositeJobs).Count);
        Assert.Distinct(Sent(BusEntities.CompositeJobs).Select(one => one.Message.Id));
        var failed = await GetAsync(id);
        Assert.Equal(("failed", "composite_failed"), (failed.Text("state"), failed.Text("failureReason")));
        Assert.Equal(["composite.failed", "recording.failed"], Told(room).TakeLast(2).Select(one => one.Type));
        Assert.Equal(2, Told(room).Last().Data["files"]!.AsArray().Count); // the tracks are there all the same
    }

    [Fact]
    public async Task Lets_a_participant_with_the_grant_record_their_own_room_and_no_other()
    {
        var (room, other) = (await LiveRoomAsync(), await LiveRoomAsync());
        var (may, mayNot) = (await TokenAsync(room, "true"), await TokenAsync(room, "false"));
        Assert.Equal(
            "not-allowed",
            (await _app.SendAsync("POST", $"/v1/rooms/{room}/recordings", null, mayNot)).Problem
        );
        Assert.Equal(
            "token-wrong-room",
            (await _app.SendAsync("POST", $"/v1/rooms/{other}/recordings", null, may)).Problem
        );
        var made = await _app.SendAsync("POST", $"/v1/rooms/{room}/recordings", null, may);
        Assert.Equal((HttpStatusCode.Created, "Ada"), (made.Status, made.Text("startedBy")));
        var id = made.Text("id");
        Assert.Equal("not-allowed", (await _app.SendAsync("POST", $"/v1/recordings/{id}/stop", null, mayNot)).Problem);
        Assert.Equal(
            HttpStatusCode.Forbidden,
            (await _app.SendAsync("GET", $"/v1/recordings/{id}/files", null, may)).Status
        );
        var elsewhere = await TokenAsync(other, "true");
        Assert.Equal(
            "recording-not-found",
            (await _app.SendAsync("POST", $"/v1/recordings/{id}/stop", null, elsewhere)).Problem
        );
        Assert.Equal(HttpStatusCode.OK, (await _app.SendAsync("POST", $"/v1/recordings/{id}/stop", null, may)).Status);
    }

    [Fact]
    public async Task Lists_newest_first_and_shows_nothing_to_others()
    {
        var room = await LiveRoomAsync();
        List<string> ids = [];
        for (var i = 0; i < 4; i++)
        {
            _app.Clock.Advance(TimeSpan.FromMilliseconds(5));
            ids.Insert(0, (await RecordAsync(room)).Value);
        }

        Assert.Equal("too-many-recordings", (await _app.SendAsync("POST", $"/v1/rooms/{room}/recordings")).Problem);
        foreach (var path in new[] { "/v1/recordings", $"/v1/rooms/{room}/recordings" })
        {
            var page = await _app.SendAsync("GET", path + "?limit=3");
            var rest = await _app.SendAsync("GET", $"{path}?cursor={page.Text("nextCursor")}");
            var all = page.Json["data"]!.AsArray().Concat(rest.Json["data"]!.AsArray());
            Assert.Equal(ids, all.Select(one => (string)one!["id"]!));
        }

        var stranger = _app.OtherTenantsKey.Credential;
        Assert.Empty((await _app.SendAsync("GET", "/v1/recordings", null, stranger)).Json["data"]!.AsArray());
        foreach (var method in new[] { "GET", "DELETE" })
        {
            var answer = await _app.SendAsync(method, $"/v1/recordings/{ids[0]}", null, stranger);
            Assert.Equal("recording-not-found", answer.Problem);
        }
    }

    [Theory]
    [InlineData("""{"mode":"video"}""", "mode")]
    [InlineData("""{"mode":"tracks","format":"mp4"}""", "format")]
    [InlineData("""{"mode":"audio","layout":{}}""", "layout")]
    [InlineData("""{"format":"m4a"}""", "format")]
    [InlineData("""{"layout":{"width":1281}}""", "layout.width")]
    [InlineData("""{"layout":{"background":"red"}}""", "layout.background")]
    [InlineData("""{"layout":{"depth":3}}""", "layout.depth")]
    [InlineData("""{"maxDurationSeconds":43201}""", "maxDurationSeconds")]
    [InlineData("""{"maxBytes":1}""", "maxBytes")]
    [InlineData("""{"include":[""]}""", "include[0]")]
    [InlineData("""{"quality":"best"}""", "quality")]
    public async Task Refuses_what_makes_no_sense_and_says_where(string body, string field)
    {
        var room = await LiveRoomAsync();
        var refused = await _app.SendAsync("POST", $"/v1/rooms/{room}/recordings", body);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Equal(field, (string)refused.Json["errors"]![0]!["field"]!);
        Assert.Empty(Sent(BusEntities.RecorderCommands));
    }

    [Fact]
    public async Task Refuses_to_record_a_room_whose_setting_is_off_and_repeats_an_answer_for_the_same_key()
    {
        var room = await LiveRoomAsync("""{"recording":{"policy":"off"}}""");
        var refused = await _app.SendAsync("POST", $"/v1/rooms/{room}/recordings");
        Assert.Equal((HttpStatusCode.Forbidden, "recording-off"), (refused.Status, refused.Problem));
        var changed = await _app.SendAsync(
            "PATCH",
            $"/v1/rooms/{room}",
            """{"recording":{"policy":"manual","mode":"tracks"}}"""
        );
        Assert.Equal("tracks", (string)changed.Json["recording"]!["mode"]!);
        (string, string) key = ("Idempotency-Key", "once");
        var one = await _app.SendAsync("POST", $"/v1/rooms/{room}/recordings", "{}", null, key);
        var two = await _app.SendAsync("POST", $"/v1/rooms/{room}/recordings", "{}", null, key);
        Assert.Equal((one.Text("id"), "tracks"), (two.Text("id"), two.Text("mode")));
        Assert.Single(Sent(BusEntities.RecorderCommands));
        var stale = await _app.SendAsync(
            "DELETE",
            $"/v1/recordings/{one.Text("id")}",
            null,
            null,
            ("If-Match", "\"x\"")
        );
        Assert.Equal(HttpStatusCode.PreconditionFailed, stale.Status);
    }

    [Fact]
    public async Task Keeps_an_event_with_many_files_below_twenty_thousand_bytes()
    {
        var metadata = string.Concat(Enumerable.Repeat("\\\"", 1500));
        var room = await LiveRoomAsync($$"""{"metadata":"{{metadata}}"}""");
        var id = await RunningAsync(room, """{"mode":"tracks"}""");
        var names = Enumerable.Range(0, 350).Select(i => $"track-{i:D3}.webm").ToArray();
        await _app.ReportAsync(Finished(room, id, Recorder, RecordingEnd.Stopped, names));
        var (type, data) = Told(room).Last();
        Assert.Equal(
            ("recording.completed", 351, true),
            (type, (int)data["fileCount"]!, (bool)data["filesTruncated"]!)
        );
        Assert.InRange(data["files"]!.AsArray().Count, 4, 100);
        Assert.All(Bodies(room), body => Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(body), 1, 19_999));
        Assert.Equal("351", (await GetAsync(id)).Text("fileCount"));
        var cursor = "";
        var read = 0;
        do
        {
            var page = await _app.SendAsync("GET", $"/v1/recordings/{id}/files?limit=100{cursor}");
            read += page.Json["data"]!.AsArray().Count;
            cursor = page.Json["nextCursor"] is { } next ? $"&cursor={next}" : "";
        } while (cursor.Length > 0);
        Assert.Equal(351, read);
    }

    [Fact]
    public async Task Survives_storage_and_bus_that_are_away()
    {
        var room = await LiveRoomAsync();
        var id = await RunningAsync(room, """{"mode":"tracks"}""");
        var finished = Finished(room, id, Recorder, RecordingEnd.Stopped, "a.webm");
        _app.Blobs.IsDown = true; // no links, no event: the fact comes again
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _app.ReportAsync(finished)).Status);
        _app.Blobs.IsDown = false;
        _app.Bus.IsDown = true;
        Assert.Equal(HttpStatusCode.OK, (await _app.ReportAsync(finished)).Status);
        Assert.Equal("completed", (await GetAsync(id)).Text("state"));
        _app.Bus.IsDown = false;
        _app.Clock.Advance(TimeSpan.FromSeconds(5));
        await _app.TickAsync("OutboxSweep");
        await _app.ReportAsync(finished);
        Assert.Single(Told(room), one => one.Type == "recording.completed");
    }

    private async Task<RoomId> LiveRoomAsync(string json = "{}")
    {
        var room = await _app.MakeRoomAsync(json);
        await _app.ReportAsync(Workers.Alive("1", Now));
        await _app.ReportAsync(Joined(room, "anna"));
        return room;
    }

    private async Task<RecordingId> RecordAsync(RoomId room, string json = "{}")
    {
        var answer = await _app.SendAsync("POST", $"/v1/rooms/{room}/recordings", json);
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        return new RecordingId(answer.Text("id"));
    }

    private async Task<RecordingId> RunningAsync(RoomId room, string json = "{}")
    {
        var id = await RecordAsync(room, json);
        await TakeAsync(room, id);
        return id;
    }

    private Task<Answer> TakeAsync(RoomId room, RecordingId id) =>
        _app.ReportAsync(
            Workers.Alive("1", Now),
            Wanted(room, id, Recorder, 1),
            new RecordingStarted(Recorder, Now, _app.Key.Tenant, room, id, 1)
        );

    // Shards go on saying that they live: silence is the recorder's alone.
    private async Task TickAfterAsync(int seconds)
    {
        _app.Clock.Advance(TimeSpan.FromSeconds(seconds));
        await _app.ReportAsync(Workers.Alive("1", Now));
        await _app.TickAsync("RecordingReap");
    }

    private async Task<string> TokenAsync(RoomId room, string mayRecord)
    {
        var body = $$"""{"identity":"ada","grants":{"roomRecord":{{mayRecord}}},"name":"Ada"}""";
        return (await _app.SendAsync("POST", $"/v1/rooms/{room}/tokens", body)).Text("token");
    }

    private IEnumerable<string> Bodies(RoomId room) =>
        _app
            .Bus.Sent.Where(one => one.Entity == BusEntities.WebhookDeliveries)
            .Where(one => one.Message.Subject == room.Value)
            .Select(one => (string)JsonNode.Parse(one.Message.Body.Span)!["body"]!);

    private ParticipantLeft Left(RoomId room, string who) =>
        new(
            Sfu,
            Now,
            _app.Key.Tenant,
            room,
            1,
            ++_sequence,
            new("sess_" + who),
            new("part_" + who),
            who,
            LeaveReason.Left
        );

    private Task<Answer> GetAsync(RecordingId id) => _app.SendAsync("GET", $"/v1/recordings/{id}");

    private List<(BusMessage Message, object Order)> Sent(string entity) =>
        [
            .. _app
                .Bus.Sent.Where(one => one.Entity == entity)
                .Select(one => (one.Message, MessageTypes.Read(one.Message.Type, one.Message.Body.Span)!)),
        ];

    private List<(string Type, JsonObject Data)> Told(RoomId room) =>
        [
            .. Bodies(room)
                .Select(body => JsonNode.Parse(body)!)
                .Select(body => ((string)body["type"]!, body["data"]!.AsObject())),
        ];

    private RelayWanted Wanted(RoomId room, RecordingId id, WorkerId worker, int take) =>
        new(worker, Now, _app.Key.Tenant, room, id, take, [new RelayAddress("192.0.2.7", 5004)]);

    private RecordingFinished Finished(
        RoomId room,
        RecordingId id,
        WorkerId worker,
        RecordingEnd reason,
        params string[] tracks
    ) =>
        new(
            worker,
            Now,
            _app.Key.Tenant,
            room,
            id,
            reason,
            tracks.Length == 0 ? null : Now - TimeSpan.FromSeconds(30),
            Now,
            tracks.Length == 0
                ? []
                :
                [
                    .. tracks.Select(name => FileOf(room, id, RecordedFileKind.Track, name)),
                    FileOf(room, id, RecordedFileKind.Timeline, "timeline.json"),
                ],
            Fault: null
        );

    private CompositeFinished Made(RoomId room, RecordingId id, CompositeId composite, string name) =>
        new(
            OtherRecorder,
            Now,
            _app.Key.Tenant,
            room,
            id,
            composite,
            [FileOf(room, id, RecordedFileKind.Composite, name)],
            Fault: null
        );

    private RecordedFile FileOf(RoomId room, RecordingId id, RecordedFileKind kind, string name)
    {
        var blob = $"{_app.Key.Tenant}/{room}/{id}/{name}";
        _app.Blobs.Blobs[blob] = 100;
        return new RecordedFile(kind, blob, "video/webm", 100, new string('a', 64))
        {
            DurationMs = 30_000,
            StartedAt = Now,
        };
    }

    private ParticipantJoined Joined(RoomId room, string who) =>
        new(Sfu, Now, _app.Key.Tenant, room, 1, ++_sequence, new("sess_" + who), new("part_" + who), who, who);

    private static int Length(string base64) => Convert.FromBase64String(base64).Length;
}
