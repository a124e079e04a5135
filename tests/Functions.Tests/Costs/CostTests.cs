using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Storage;
using EventMeet.Functions.Tests.Fakes;
using EventMeet.Functions.Tests.Placement;
using EventMeet.Functions.Tests.Sdp;

namespace EventMeet.Functions.Tests.Costs;

/// <summary>
/// Counts what each thing that happens costs in operations of storage and bus, and compares with the table in
/// docs/costs.md. Caches are cold, as for a tenant of whom little is heard.
/// </summary>
public sealed class CostTests : IAsyncLifetime
{
    private static readonly WorkerId Sfu = new("wkr_1");
    private static readonly WorkerId Recorder = new("wkr_rec1");

    private readonly FunctionsFixture _app = new();
    private readonly List<(string What, Counts Counts)> _measured = [];
    private long _sequence;

    public async ValueTask InitializeAsync()
    {
        await _app.InitializeAsync();
        await _app.TickAsync("RecordingReap");
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private DateTimeOffset Now => _app.Clock.GetUtcNow();

    [Fact]
    public async Task Costs_what_the_documentation_says()
    {
        await _app.ReportAsync(Workers.Alive("1", Now));
        RoomId room = default;
        await CountAsync("make a room", async () => room = await _app.MakeRoomAsync());
        var token = "";
        await CountAsync("mint a token", async () => token = await TokenAsync(room, "anna"));
        await CountAsync("first join: offer answered", () => JoinAsync(room, token));
        await CountAsync("first join: the shard's facts", () => _app.ReportAsync(Came(room, "anna")));
        var second = await TokenAsync(room, "ben");
        await CountAsync("further join: offer answered", () => JoinAsync(room, second));
        await CountAsync("further join: the shard's facts", () => _app.ReportAsync(Came(room, "ben")));
        await MeasureRecordingAsync(room);
        await CountAsync("leave", () => _app.ReportAsync(Left(room, "ben")));
        await CountAsync("end a meeting", () => _app.SendAsync("DELETE", $"/v1/rooms/{room}"));
        await CountAsync(
            "end a meeting: the shard's facts",
            () => _app.ReportAsync(Left(room, "anna"), new RoomEmptied(Sfu, Now, _app.Key.Tenant, room, 1, ++_sequence))
        );
        await MeasureEventAsync();
        await MeasureIdleAsync();
        await CompareAsync();
    }

    private async Task MeasureRecordingAsync(RoomId room)
    {
        RecordingId id = default;
        await CountAsync(
            "start a recording",
            async () => id = new((await _app.SendAsync("POST", $"/v1/rooms/{room}/recordings")).Text("id"))
        );
        await CountAsync(
            "recording: taken, relay made, media",
            async () =>
            {
                RelayAddress address = new("192.0.2.7", 5004);
                await _app.ReportAsync(new RelayWanted(Recorder, Now, _app.Key.Tenant, room, id, 1, [address]));
                await _app.ReportAsync(new RecordingStarted(Recorder, Now, _app.Key.Tenant, room, id, 1));
            }
        );
        await CountAsync("recording: each minute", () => RecordMinuteAsync(room, id));
        await CountAsync("stop a recording", () => _app.SendAsync("POST", $"/v1/recordings/{id}/stop"));
        CompositeId film = default;
        await CountAsync(
            "recording: finished, film ordered",
            async () =>
            {
                await _app.ReportAsync(Finished(room, id));
                film = _app.Bus.Orders.OfType<MakeComposite>().Single().Composite;
            }
        );
        await CountAsync(
            "composite: each progress",
            () => _app.ReportAsync(new CompositeProgressed(Recorder, Now, _app.Key.Tenant, room, id, film, 50))
        );
        await CountAsync(
            "recording: film finished, completed",
            () => _app.ReportAsync(new CompositeFinished(Recorder, Now, _app.Key.Tenant, room, id, film, [], null))
        );
    }

    private async Task RecordMinuteAsync(RoomId room, RecordingId id)
    {
        for (var i = 0; i < 12; i++)
        {
            _app.Clock.Advance(TimeSpan.FromSeconds(5));
            await _app.ReportAsync(new RecordingProgressed(Recorder, Now, _app.Key.Tenant, room, id, 5000, 2, 9, 0));
        }
    }

    private async Task MeasureEventAsync()
    {
        await using var receiver = await Receiver.StartAsync();
        await CountAsync("each event, filed", () => DeliverAsync(_app.Bus.Sent.Count));
        var hook = await _app.SendAsync("POST", "/v1/webhooks", $$"""{"url":"{{receiver.Url}}"}""");
        Assert.Equal(HttpStatusCode.Created, hook.Status);
        await _app.MakeRoomAsync();
        await CountAsync("each event, filed and told to one endpoint", () => DeliverAsync(_app.Bus.Sent.Count));
        Assert.Single(receiver.Got);
    }

    private async Task MeasureIdleAsync()
    {
        await CountAsync("heartbeat of an SFU worker", () => _app.ReportAsync(Workers.Alive("1", Now)));
        RecorderLoad load = new(0, 0, 0, 0, 0, null);
        await CountAsync(
            "heartbeat of a recorder",
            () => _app.ReportAsync(new RecorderAlive(Recorder, Now, "r", "1", "eu", null, false, load))
        );
        await TickAsync(); // whatever is still due
        await CountAsync("timers, nothing due, each five seconds", TickAsync);
    }

    private async Task TickAsync()
    {
        await _app.TickAsync("OutboxSweep");
        await _app.TickAsync("RoomReap");
        await _app.TickAsync("RecordingReap");
    }

    // Hands over the newest event, and the order to attempt it that follows, as the bus does.
    private async Task DeliverAsync(int before)
    {
        var raised = _app.Bus.Sent.Last(one => one.Entity == BusEntities.WebhookDeliveries).Message;
        await HandOverAsync(raised);
        foreach (var (_, message) in _app.Bus.Sent.Skip(before).ToList())
        {
            await HandOverAsync(message);
        }
    }

    private async Task HandOverAsync(BusMessage message)
    {
        JsonObject payload = new()
        {
            ["Data"] = new JsonObject { ["message"] = Convert.ToBase64String(message.Body.Span) },
            ["Metadata"] = new JsonObject
            {
                ["MessageId"] = $"\"{message.Id}\"",
                ["DeliveryCount"] = "1",
                ["ApplicationProperties"] = new JsonObject { ["cloudEvents:type"] = message.Type },
            },
        };
        var answer = await _app.SendAsync("POST", "/WebhookDelivery", payload.ToJsonString());
        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    private async Task CountAsync(string what, Func<Task> run)
    {
        await FlushAsync();
        // Past every cache; the shard goes on saying that it lives.
        _app.Clock.Advance(TimeSpan.FromSeconds(2));
        await _app.ReportAsync(Workers.Alive("1", Now));
        var before = Read();
        await run();
        await FlushAsync();
        _measured.Add((what, Read() - before));
    }

    // Writes that no caller waits for.
    private async Task FlushAsync()
    {
        await _app.Get<OutboxCleaner>().FlushAsync();
        await _app.Get<AuditLog>().FlushAsync();
    }

    private Counts Read()
    {
        var (reads, lists, writes) = _app.Store.Asked;
        return new Counts(reads, lists, writes, _app.Bus.Sent.Count + _app.Bus.Scheduled.Count);
    }

    private async Task CompareAsync([CallerFilePath] string here = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "docs", "costs.md");
        var lines = await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken);
        var measured = _measured
            .Select(one => string.Create(CultureInfo.InvariantCulture, $"| {one.What} | {one.Counts} |"))
            .ToList();
        var written = lines.Where(line =>
            _measured.Any(one => line.StartsWith($"| {one.What} |", StringComparison.Ordinal))
        );
        // All at once, so that they can be copied.
        Assert.True(written.SequenceEqual(measured), "docs/costs.md should say:\n" + string.Join('\n', measured));
    }

    private async Task<string> TokenAsync(RoomId room, string who)
    {
        var answer = await _app.SendAsync("POST", $"/v1/rooms/{room}/tokens", $$"""{"identity":"{{who}}"}""");
        return answer.Text("token");
    }

    private async Task JoinAsync(RoomId room, string token)
    {
        var offer = Offers.Read("chromium-meeting");
        (string, string) type = ("Content-Type", "application/sdp");
        var answer = await _app.SendAsync("POST", $"/v1/rooms/{room}/sessions", offer, token, type);
        Assert.Equal(HttpStatusCode.Created, answer.Status);
    }

    private WorkerEvent[] Came(RoomId room, string who) =>
        [
            new ParticipantJoined(Sfu, Now, _app.Key.Tenant, room, 1, ++_sequence, Session(who), Person(who), who, who),
            Published(room, who, MediaKind.Audio),
            Published(room, who, MediaKind.Video),
        ];

    private TrackPublished Published(RoomId room, string who, MediaKind kind) =>
        new(
            Sfu,
            Now,
            _app.Key.Tenant,
            room,
            1,
            ++_sequence,
            Session(who),
            Person(who),
            new TrackId($"trk_{who}{kind}"),
            kind,
            TrackSource.Camera,
            "VP8"
        );

    private ParticipantLeft Left(RoomId room, string who) =>
        new(Sfu, Now, _app.Key.Tenant, room, 1, ++_sequence, Session(who), Person(who), who, LeaveReason.Left);

    private RecordingFinished Finished(RoomId room, RecordingId id)
    {
        RecordedFile file = new(RecordedFileKind.Track, "a.webm", "video/webm", 9, "");
        var start = Now - TimeSpan.FromMinutes(1);
        return new(Recorder, Now, _app.Key.Tenant, room, id, RecordingEnd.Stopped, start, Now, [file], null);
    }

    private static SessionId Session(string who) => new("sess_" + who);

    private static ParticipantId Person(string who) => new("part_" + who);
}
