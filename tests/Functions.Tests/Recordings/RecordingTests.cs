using System.Net;
using System.Text.Json.Nodes;
using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
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

    public ValueTask InitializeAsync() => _app.InitializeAsync();

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
        Assert.DoesNotContain(_app.Store.RowsOf("rooms"), row => row.Body.Contains(open.Relay.SenderKey));

        await _app.ReportAsync(new RecordingStarted(Recorder, Now, _app.Key.Tenant, room, id, 1));
        _app.Clock.Advance(TimeSpan.FromSeconds(35));
        await _app.ReportAsync(new RecordingProgressed(Recorder, Now, _app.Key.Tenant, room, id, 35_000, 2, 900, 7));
        var running = await GetAsync(id);
        Assert.Equal(("recording", "35000"), (running.Text("state"), running.Text("durationMs")));

        var stopped = await _app.SendAsync("POST", $"/v1/recordings/{id}/stop");
        Assert.Equal((HttpStatusCode.Accepted, "stopping"), (stopped.Status, stopped.Text("state")));
        Assert.Equal(new StopRecording(id, RecordingEnd.Stopped), Sent(BusEntities.RecorderOrders).Last().Order);
        Assert.Equal(open.Relay.Id, Assert.IsType<CloseRelay>(Sent(BusEntities.SfuCommands).Last().Order).Relay);

        await _app.ReportAsync(Finished(room, id, Recorder, RecordingEnd.Stopped, "a.webm", "b.webm"));
        Assert.Equal("processing", (await GetAsync(id)).Text("state"));
        var make = Assert.IsType<MakeComposite>(Sent(BusEntities.CompositeJobs).Single().Order);
        await _app.ReportAsync(
            new CompositeProgressed(OtherRecorder, Now, _app.Key.Tenant, room, id, make.Composite, 50),
            Made(room, id, make.Composite, "composite.mp4"),
            Made(room, id, make.Composite, "composite.mp4")
        );
        var done = await GetAsync(id);
        Assert.Equal(("completed", "stopped", "4"), (done.Text("state"), done.Text("endReason"), done.Text("fileCount")));
        Assert.Equal(
            ["recording.started", "recording.progressed", "composite.completed", "recording.completed"],
            Told(room).Select(one => one.Type).Where(type => type.StartsWith('r') || type.StartsWith('c')).Skip(2)
        );
        var files = Told(room).Last().Data["files"]!.AsArray();
        Assert.Equal(["composite.mp4", "a.webm", "b.webm", "timeline.json"], files.Select(one => (string)one!["name"]!));
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

    private async Task<RoomId> LiveRoomAsync(string json = "{}")
    {
        var room = await _app.MakeRoomAsync(json);
        await _app.ReportAsync(Workers.Alive("1", Now));
        await _app.ReportAsync(Joined(room, "anna"));
        return room;
    }

    private Task<Answer> GetAsync(RecordingId id) => _app.SendAsync("GET", $"/v1/recordings/{id}");

    private List<(BusMessage Message, object Order)> Sent(string entity) =>
        [
            .. _app.Bus.Sent.Where(one => one.Entity == entity)
                .Select(one => (one.Message, MessageTypes.Read(one.Message.Type, one.Message.Body.Span)!)),
        ];

    private List<(string Type, JsonObject Data)> Told(RoomId room) =>
        [
            .. _app.Bus.Sent.Where(one => one.Entity == BusEntities.WebhookDeliveries)
                .Where(one => one.Message.Subject == room.Value)
                .Select(one => JsonNode.Parse((string)JsonNode.Parse(one.Message.Body.Span)!["body"]!)!)
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
