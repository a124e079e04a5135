using System.Net;
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
/// What each call and each fact costs in table operations and bus messages, held against the table in docs/costs.md. To add a
/// line: play it between two calls of <see cref="CountAsync"/>, and write the line that the failure shows.
/// </summary>
public sealed class CallCostTests : IAsyncLifetime
{
    // The largest page that Azure Tables gives for one operation.
    private const int LargestPage = 1000;

    private static readonly WorkerId Worker = new("wkr_a");

    private readonly FunctionsFixture _app = new();
    private readonly List<string> _lines = [];
    private long _sequence;

    public ValueTask InitializeAsync() => _app.InitializeAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Costs_call_by_call_what_the_documentation_says_and_never_scans()
    {
        await PlayRoomAsync();
        await PlayWebhooksAsync();
        await PlayTimersAsync();
        var documented = await File.ReadAllTextAsync(PathOfDocumentation(), TestContext.Current.CancellationToken);
        var missing = _lines.Where(line => !documented.Contains(line, StringComparison.Ordinal));
        Assert.True(!missing.Any(), $"docs/costs.md should say:\n{string.Join('\n', _lines)}");
    }

    private async Task PlayRoomAsync()
    {
        await CountAsync("WorkerAlive", () => _app.ReportAsync(Workers.Alive("a", _app.Clock.GetUtcNow())));
        var made = await CountAsync("POST rooms", () => _app.SendAsync("POST", "/v1/rooms", """{"name":"daily"}"""));
        RoomId room = new(made.Text("id"));
        await CountAsync("GET room by id", () => _app.SendAsync("GET", $"/v1/rooms/{room}"));
        await CountAsync("GET room by name", () => _app.SendAsync("GET", "/v1/rooms/daily"));
        await CountAsync("GET rooms, a page of one", () => _app.SendAsync("GET", "/v1/rooms"));
        var anna = await CountAsync("POST tokens", () => TokenAsync(room, "anna"));
        var ben = await TokenAsync(room, "ben");
        var first = await CountAsync("POST sessions, room nowhere yet", () => JoinAsync(room, anna));
        var second = await CountAsync("POST sessions", () => JoinAsync(room, ben));
        await CountAsync("POST sessions by the room's name, taking the seat again", () => JoinAsync("daily", ben));
        var admitted = _app.Bus.Orders.OfType<AdmitPeer>().Where(admit => admit.Room == room).ToList();
        await CountAsync("ParticipantJoined", () => _app.ReportAsync(Joined(room, admitted[0])));
        await _app.ReportAsync(Joined(room, admitted[^1]));
        await CountAsync("TrackPublished", () => _app.ReportAsync(Published(room, admitted[0])));
        await CountAsync("GET participants, two", () => _app.SendAsync("GET", $"/v1/rooms/{room}/participants"));
        var path = first.Header("Location");
        await CountAsync("DELETE session", () => _app.SendAsync("DELETE", path, bearer: anna.Text("token")));
        await CountAsync("ParticipantLeft", () => _app.ReportAsync(Left(room, admitted[0])));
        await _app.ReportAsync(Left(room, admitted[^1]));
        await CountAsync(
            "RoomEmptied",
            () =>
                _app.ReportAsync(new RoomEmptied(Worker, _app.Clock.GetUtcNow(), _app.Key.Tenant, room, 1, ++_sequence))
        );
        await CountAsync("DELETE room", () => _app.SendAsync("DELETE", $"/v1/rooms/{room}"));
        Assert.Equal(HttpStatusCode.Created, second.Status);
    }

    private async Task PlayWebhooksAsync()
    {
        await using var receiver = await Receiver.StartAsync();
        var hook = await _app.SendAsync("POST", "/v1/webhooks", $$"""{"url":"{{receiver.Url}}"}""");
        Assert.Equal(HttpStatusCode.Created, hook.Status);
        _app.Bus.Sent.Clear();
        await CountAsync("POST rooms, one webhook", () => _app.SendAsync("POST", "/v1/rooms", "{}"));
        var raised = Assert.Single(_app.Bus.Sent, one => one.Entity == BusEntities.WebhookDeliveries).Message;
        _app.Bus.Sent.Clear();
        await CountAsync("event to its webhooks, one", () => HandOverAsync(raised));
        foreach (var (_, message) in _app.Bus.Sent.ToList())
        {
            await CountAsync("attempt at a webhook, taken", () => HandOverAsync(message));
        }
    }

    private async Task PlayTimersAsync()
    {
        await CountAsync("OutboxSweep, nothing left", () => _app.TickAsync("OutboxSweep"));
        await CountAsync("RoomReap, none due", () => _app.TickAsync("RoomReap"));
    }

    // Runs it with nothing remembered from before, then what it has left for later.
    private async Task<Answer> CountAsync(string name, Func<Task<Answer>> action)
    {
        await FlushAsync();
        _app.Clock.Advance(TimeSpan.FromSeconds(2));
        await _app.ReportAsync(Workers.Alive("a", _app.Clock.GetUtcNow()));
        _app.Store.Operations.Clear();
        var messages = _app.Bus.Sent.Count + _app.Bus.Scheduled.Count;
        var answer = await action();
        Assert.InRange((int)answer.Status, 200, 299);
        var waited = _app.Store.Operations.Count(one => one.Kind is OperationKind.Write);
        await FlushAsync();
        var all = _app.Store.Operations.ToList();
        AssertNoScans(name, all);
        var writes = all.Count(one => one.Kind is OperationKind.Write);
        _lines.Add(
            $"| {name} | {all.Count(one => one.Kind is OperationKind.Find)} | {all.Count(one => one.Kind is OperationKind.List)} "
                + $"| {waited} | {writes - waited} | {_app.Bus.Sent.Count + _app.Bus.Scheduled.Count - messages} |"
        );
        return answer;
    }

    // A list names its partition, the rows it wants of it, and takes one page at most.
    private static void AssertNoScans(string name, IEnumerable<TableOperation> operations) =>
        Assert.All(
            operations,
            operation =>
            {
                Assert.True(operation.Kind is not OperationKind.Scan, $"{name} looks into every partition.");
                if (operation.Kind is OperationKind.List)
                {
                    Assert.NotEmpty(operation.Partition);
                    Assert.NotEmpty(operation.Range.From);
                    Assert.NotEmpty(operation.Range.Before);
                    Assert.InRange(operation.Count, 1, LargestPage + 1);
                }
            }
        );

    private async Task FlushAsync()
    {
        await _app.Get<OutboxCleaner>().FlushAsync();
        await _app.Get<AuditLog>().FlushAsync();
    }

    private Task<Answer> TokenAsync(RoomId room, string identity) =>
        _app.SendAsync("POST", $"/v1/rooms/{room}/tokens", $$"""{"identity":"{{identity}}"}""");

    private Task<Answer> JoinAsync(RoomId room, Answer token) => JoinAsync(room.Value, token);

    private Task<Answer> JoinAsync(string room, Answer token) =>
        _app.SendAsync(
            "POST",
            $"/v1/rooms/{room}/sessions",
            Offers.Small(),
            token.Text("token"),
            ("Content-Type", "application/sdp")
        );

    private Task<Answer> HandOverAsync(BusMessage message)
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
        return _app.SendAsync("POST", "/WebhookDelivery", payload.ToJsonString());
    }

    private ParticipantJoined Joined(RoomId room, AdmitPeer admit)
    {
        var (who, session) = (admit.Peer.Participant, admit.Peer.Session);
        var at = _app.Clock.GetUtcNow();
        return new(Worker, at, _app.Key.Tenant, room, 1, ++_sequence, session, who.Id, who.Identity, null);
    }

    private ParticipantLeft Left(RoomId room, AdmitPeer admit)
    {
        var (who, session) = (admit.Peer.Participant, admit.Peer.Session);
        var at = _app.Clock.GetUtcNow();
        return new(Worker, at, _app.Key.Tenant, room, 1, ++_sequence, session, who.Id, who.Identity, LeaveReason.Left);
    }

    private TrackPublished Published(RoomId room, AdmitPeer admit) =>
        new(
            Worker,
            _app.Clock.GetUtcNow(),
            _app.Key.Tenant,
            room,
            1,
            ++_sequence,
            admit.Peer.Session,
            admit.Peer.Participant.Id,
            new TrackId("trk_1"),
            MediaKind.Video,
            TrackSource.Camera,
            "vp8"
        );

    private static string PathOfDocumentation()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "EventMeet.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder.FullName, "docs", "costs.md");
    }
}
