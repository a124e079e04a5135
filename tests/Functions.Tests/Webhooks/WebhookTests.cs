using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Tests.Fakes;
using Microsoft.AspNetCore.Http;

namespace EventMeet.Functions.Tests.Webhooks;

public sealed class WebhookTests : IAsyncLifetime
{
    private static readonly WorkerId Worker = new("wkr_1");
    private readonly FunctionsFixture _app = new();
    private Receiver _receiver = null!;

    public async ValueTask InitializeAsync()
    {
        await _app.InitializeAsync();
        _receiver = await Receiver.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Tells_what_happens_in_a_room_in_order_and_signed()
    {
        var hook = await HookAsync();
        var room = await _app.MakeRoomAsync("""{"name":"standup","metadata":"{\"order\":7}"}""");
        await _app.ReportAsync(
            Joined(room, 1, "anna"),
            Published(room, 2, "anna"),
            Unpublished(room, 3, "anna"),
            Left(room, 4, "anna", LeaveReason.Left),
            Left(room, 5, "ben", LeaveReason.NeverConnected)
        );
        await _app.SendAsync("DELETE", $"/v1/rooms/{room}");
        await PumpAsync();

        string[] expected =
        [
            "room.created",
            "room.started",
            "participant.joined",
            "track.published",
            "track.unpublished",
            "participant.left",
            "participant.connection_failed",
            "room.ended",
        ];
        Assert.Equal(expected, Told.Select(one => one["type"]!.GetValue<string>()));
        Assert.Equal(
            Enumerable.Range(1, expected.Length),
            Told.Select(one => one["data"]!["sequence"]!.GetValue<int>())
        );
        Assert.All(Told, one => Assert.Equal(room.Value, one["data"]!["room"]!["id"]!.GetValue<string>()));
        Assert.All(Told, one => Assert.Equal("standup", one["data"]!["room"]!["name"]!.GetValue<string>()));
        Assert.Equal("anna", Told[2]["data"]!["participant"]!["identity"]!.GetValue<string>());
        Assert.Equal("never_connected", Told[6]["data"]!["reason"]!.GetValue<string>());
        Assert.All(_receiver.Got, one => AssertSigned(one.Headers, one.Body, hook.Text("secret")));
        Assert.Distinct(_receiver.Got.Select(one => one.Headers["webhook-id"].ToString()));

        // The same, for who was not there to be told.
        var first = _receiver.Got[0].Headers["webhook-id"].ToString();
        var missed = await _app.SendAsync("GET", $"/v1/events?after={first}&limit=100");
        Assert.Equal(expected.Skip(1), Types(missed));
        var one = await _app.SendAsync("GET", $"/v1/events/{first}");
        Assert.Equal(first, one.Text("id"));
        Assert.Equal(HttpStatusCode.NotFound, (await AsOtherAsync("GET", $"/v1/events/{first}")).Status);
        Assert.Empty((await AsOtherAsync("GET", "/v1/events")).Json["data"]!.AsArray());
    }

    [Fact]
    public async Task Tells_once_whatever_comes_twice()
    {
        await HookAsync();
        var room = await _app.MakeRoomAsync();
        for (var i = 0; i < 3; i++)
        {
            await _app.ReportAsync(Joined(room, 1, "anna"), Left(room, 2, "anna", LeaveReason.Left));
        }

        _app.Bus.Sent.AddRange([.. _app.Bus.Sent]);
        await PumpAsync(doubled: true);
        Assert.Equal(
            ["room.created", "room.started", "participant.joined", "participant.left"],
            Told.Select(one => one["type"]!.GetValue<string>())
        );
        Assert.Equal(4, (await _app.SendAsync("GET", "/v1/events")).Json["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task Tells_that_everybody_left_a_room_whose_worker_is_lost()
    {
        await HookAsync("""["participant.*","track.*"]""");
        var room = await _app.MakeRoomAsync();
        await _app.ReportAsync(Published(room, 2, "anna"), Joined(room, 1, "anna"), Joined(room, 3, "ben"));
        await _app.ReportAsync(new RoomEmptied(Worker, _app.Clock.GetUtcNow(), _app.Key.Tenant, room, 1, 9));
        await _app.ReportAsync(Left(room, 8, "anna", LeaveReason.ConnectionLost));
        await PumpAsync();
        var told = Told.Select(one => one["type"]!.GetValue<string>()).ToList();
        Assert.Equal(2, told.Count(type => type is "participant.joined"));
        Assert.Equal(2, told.Count(type => type is "participant.left"));
        Assert.Single(told, type => type is "track.published");
        Assert.Single(told, type => type is "track.unpublished");
    }

    [Fact]
    public async Task Tells_of_a_join_that_its_departure_overtook()
    {
        await HookAsync("""["participant.*"]""");
        var room = await _app.MakeRoomAsync();
        await _app.ReportAsync(Left(room, 2, "anna", LeaveReason.Left));
        await _app.ReportAsync(Joined(room, 1, "anna"));
        await _app.ReportAsync(Joined(room, 1, "anna"));
        await PumpAsync();
        Assert.Equal(["participant.joined", "participant.left"], Told.Select(one => one["type"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Sends_only_what_the_filters_let_through()
    {
        await HookAsync("""["room.created"]""", """["wanted"]""");
        await _app.MakeRoomAsync("""{"name":"unwanted"}""");
        var room = await _app.MakeRoomAsync("""{"name":"wanted"}""");
        await _app.SendAsync("DELETE", $"/v1/rooms/{room}");
        await PumpAsync();
        Assert.Equal(room.Value, Assert.Single(Told)["data"]!["room"]!["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task Keeps_trying_a_receiver_that_is_down_for_a_day()
    {
        var hook = await HookAsync("""["room.created"]""");
        _receiver.AnswerWith(500);
        await _app.MakeRoomAsync();
        await PumpAsync();
        var back = _app.Clock.GetUtcNow() + TimeSpan.FromDays(1);
        while (_app.Clock.GetUtcNow() < back)
        {
            await NextAsync();
        }

        _receiver.AnswerWith(204);
        await NextAsync();
        Assert.Empty(_app.Bus.Scheduled);
        Assert.Single(_receiver.Got.Select(one => one.Headers["webhook-id"].ToString()).Distinct());
        Assert.Equal(
            _receiver.Got.Count,
            _receiver.Got.Select(one => one.Headers["webhook-timestamp"].ToString()).Distinct().Count()
        );
        var delivery = (await DeliveriesAsync(hook))[0]!;
        Assert.Equal("delivered", delivery["state"]!.GetValue<string>());
        Assert.Equal(_receiver.Got.Count, delivery["attemptCount"]!.GetValue<int>());
    }

    [Fact]
    public async Task Gives_up_in_the_end_and_tries_again_when_asked()
    {
        var hook = await HookAsync("""["room.created"]""");
        _receiver.AnswerWith(301, ("Location", _receiver.Url + "/elsewhere"));
        await _app.MakeRoomAsync();
        await PumpAsync();
        for (var i = 0; i < 9; i++)
        {
            await NextAsync();
        }

        Assert.Empty(_app.Bus.Scheduled);
        Assert.Equal(10, _receiver.Got.Count);
        Assert.All(_receiver.Got, one => Assert.Equal("/hook", one.Path));
        var delivery = (await DeliveriesAsync(hook))[0]!;
        Assert.Equal("dead", delivery["state"]!.GetValue<string>());
        Assert.Equal("attempts_exhausted", delivery["reason"]!.GetValue<string>());

        _receiver.AnswerWith(200);
        var path = $"/v1/webhooks/{hook.Text("id")}/deliveries/{delivery["id"]!.GetValue<string>()}";
        Assert.Equal(HttpStatusCode.NotFound, (await AsOtherAsync("POST", path + "/redeliver")).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await _app.SendAsync("POST", path + "/redeliver")).Status);
        await PumpAsync();
        Assert.Equal("delivered", (await _app.SendAsync("GET", path)).Text("state"));
        Assert.Equal(11, _receiver.Got.Count);
    }

    [Fact]
    public async Task Switches_off_an_endpoint_that_is_gone()
    {
        var hook = await HookAsync();
        var path = $"/v1/webhooks/{hook.Text("id")}";
        _receiver.AnswerWith(410);
        await _app.MakeRoomAsync();
        await PumpAsync();
        await _app.MakeRoomAsync();
        await PumpAsync();
        Assert.Single(_receiver.Got);
        var shown = await _app.SendAsync("GET", path);
        Assert.Equal(("false", "gone"), (shown.Text("enabled"), shown.Text("disabledReason")));
        Assert.Equal("webhook-disabled", (await _app.SendAsync("POST", path + "/test")).Problem);

        _receiver.AnswerWith(200);
        await _app.SendAsync("PATCH", path, """{"enabled":true}""");
        await _app.SendAsync("POST", path + "/test");
        await PumpAsync();
        Assert.Equal("webhook.test", Told[^1]["type"]!.GetValue<string>());
    }

    [Fact]
    public async Task Leaves_a_busy_receiver_alone_as_long_as_it_asks()
    {
        await HookAsync("""["room.created"]""");
        _receiver.AnswerWith(429, ("Retry-After", "3600"));
        await _app.MakeRoomAsync();
        await PumpAsync();
        var (_, _, at) = Assert.Single(_app.Bus.Scheduled);
        Assert.Equal(TimeSpan.FromHours(1), at - _app.Clock.GetUtcNow());
    }

    [Fact]
    public async Task Waits_fifteen_seconds_for_a_receiver_that_hangs()
    {
        var hook = await HookAsync("""["room.created"]""");
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _receiver.Answer = async context =>
        {
            arrived.TrySetResult();
            TaskCompletionSource never = new();
            await Task.WhenAny(never.Task.WaitAsync(context.RequestAborted));
        };
        await _app.MakeRoomAsync();
        var pump = PumpAsync();
        await arrived.Task;
        _app.Clock.Advance(TimeSpan.FromSeconds(15));
        await pump;
        var attempt = (await DeliveriesAsync(hook))[0]!["attempts"]![0]!;
        Assert.Equal("timeout", attempt["error"]!.GetValue<string>());
        Assert.Equal(15_000, attempt["durationMs"]!.GetValue<int>());
        Assert.Single(_app.Bus.Scheduled);
    }

    [Fact]
    public async Task Goes_nowhere_when_a_name_is_led_elsewhere()
    {
        var hook = await _app.SendAsync(
            "POST",
            "/v1/webhooks",
            $$"""{"url":"https://rebound.example:{{_receiver.Port}}/hook"}"""
        );
        Queue<IPAddress> answers = new([IPAddress.Parse("169.254.169.254"), IPAddress.Parse("fd00::1")]);
        _app.Addresses = _ => [answers.Dequeue()];
        await _app.MakeRoomAsync();
        await PumpAsync();
        await NextAsync();
        Assert.Empty(_receiver.Got);
        var attempts = (await DeliveriesAsync(hook))[0]!["attempts"]!.AsArray();
        Assert.Equal(["address_refused", "address_refused"], attempts.Select(one => one!["error"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Shows_at_most_a_kibibyte_of_the_answer()
    {
        var hook = await HookAsync();
        _receiver.Answer = async context =>
        {
            context.Response.StatusCode = 500;
            await context.Response.WriteAsync(new string('é', 100_000), context.RequestAborted);
        };
        await _app.SendAsync("POST", $"/v1/webhooks/{hook.Text("id")}/test");
        await PumpAsync();
        var attempt = (await DeliveriesAsync(hook))[0]!["attempts"]![0]!;
        Assert.Equal(500, attempt["status"]!.GetValue<int>());
        Assert.InRange(Encoding.UTF8.GetByteCount(attempt["response"]!.GetValue<string>()), 512, 1024);
    }

    [Fact]
    public async Task Signs_with_old_and_new_secret_while_one_replaces_the_other()
    {
        var hook = await HookAsync();
        var path = $"/v1/webhooks/{hook.Text("id")}";
        var rotated = await _app.SendAsync("POST", path + "/rotate-secret", """{"overlapSeconds":60}""");
        Assert.NotEqual(hook.Text("secret"), rotated.Text("secret"));
        Assert.Equal(2, (await _app.SendAsync("GET", path + "/public-keys")).Json["data"]!.AsArray().Count);
        await _app.SendAsync("POST", path + "/test");
        await PumpAsync();
        var (_, headers, body) = Assert.Single(_receiver.Got);
        AssertSigned(headers, body, hook.Text("secret"));
        AssertSigned(headers, body, rotated.Text("secret"));
        _app.Clock.Advance(TimeSpan.FromMinutes(1));
        await _app.SendAsync("POST", path + "/test");
        await PumpAsync();
        Assert.Equal(2, _receiver.Got[^1].Headers["webhook-signature"].ToString().Split(' ').Length);
    }

    [Fact]
    public async Task Makes_shows_changes_and_deletes_endpoints()
    {
        var made = await HookAsync("""["room.*"]""");
        Assert.StartsWith("whsec_", made.Text("secret"), StringComparison.Ordinal);
        Assert.StartsWith("whpk_", made.Text("publicKey"), StringComparison.Ordinal);
        var path = $"/v1/webhooks/{made.Text("id")}";
        var shown = await _app.SendAsync("GET", path);
        Assert.False(shown.Json.ContainsKey("secret"));
        Assert.DoesNotContain(
            made.Text("secret")["whsec_".Length..],
            string.Concat(_app.Store.RowsOf("webhooks").Select(row => row.Body)),
            StringComparison.Ordinal
        );
        var changed = await _app.SendAsync("PATCH", path, """{"description":"mine","events":null}""");
        Assert.Equal("mine", changed.Text("description"));
        Assert.Empty(changed.Json["events"]!.AsArray());
        Assert.Equal(made.Text("url"), changed.Text("url"));
        var stale = ("If-Match", made.Header("ETag"));
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await _app.SendAsync("DELETE", path, headers: stale)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await AsOtherAsync("GET", path)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await _app.SendAsync("DELETE", path)).Status);
        Assert.Equal("webhook-not-found", (await _app.SendAsync("GET", path + "/deliveries")).Problem);
    }

    [Theory]
    [InlineData("""{}""", "url")]
    [InlineData("""{"url":"https://10.0.0.1/"}""", "url")]
    [InlineData("""{"url":"https://a.example/","events":["room.unknown"]}""", "events[0]")]
    [InlineData("""{"url":"https://a.example/","secret":"mine"}""", "secret")]
    public async Task Says_what_is_wrong_with_an_endpoint(string json, string field)
    {
        var answer = await _app.SendAsync("POST", "/v1/webhooks", json);
        Assert.Equal("invalid-fields", answer.Problem);
        Assert.Equal(field, answer.Json["errors"]![0]!["field"]!.GetValue<string>());
    }

    [Fact]
    public async Task Comes_back_to_what_it_could_not_do_while_storage_was_away()
    {
        await HookAsync();
        await _app.MakeRoomAsync();
        _app.Store.IsDown = true;
        await PumpAsync();
        Assert.Single(_app.Bus.Scheduled);
        _app.Store.IsDown = false;
        await NextAsync();
        Assert.Single(Told);
    }

    [Fact]
    public async Task Forgets_events_and_deliveries_after_thirty_days()
    {
        var hook = await HookAsync();
        await _app.MakeRoomAsync();
        await PumpAsync();
        _app.Clock.Advance(TimeSpan.FromDays(29));
        await _app.MakeRoomAsync();
        await PumpAsync();
        _app.Clock.Advance(TimeSpan.FromDays(2.5));
        await _app.TickAsync("EventClean");
        Assert.Single((await _app.SendAsync("GET", "/v1/events")).Json["data"]!.AsArray());
        Assert.Single(await DeliveriesAsync(hook));
        var gone = _receiver.Got[0].Headers["webhook-id"].ToString();
        Assert.Equal("invalid-query", (await _app.SendAsync("GET", $"/v1/events?after={gone}")).Problem);
    }

    [Fact]
    public async Task Pages_through_events_without_loss()
    {
        for (var i = 0; i < 5; i++)
        {
            await _app.MakeRoomAsync($$"""{"name":"r{{i}}"}""");
        }

        await PumpAsync();
        List<string> names = [];
        string? cursor = null;
        do
        {
            var page = await _app.SendAsync("GET", "/v1/events?limit=2" + (cursor is null ? "" : "&cursor=" + cursor));
            names.AddRange(
                page.Json["data"]!.AsArray().Select(one => one!["data"]!["room"]!["name"]!.GetValue<string>())
            );
            cursor = page.Json["nextCursor"]?.GetValue<string>();
        } while (cursor is not null);

        Assert.Equal(["r0", "r1", "r2", "r3", "r4"], names);
    }

    [Fact]
    public async Task Stays_below_twenty_kilobytes()
    {
        await HookAsync();
        var metadata = string.Concat(Enumerable.Repeat("\\u0001", 4000));
        await _app.MakeRoomAsync($$"""{"metadata":"{{metadata}}"}""");
        await PumpAsync();
        Assert.InRange(Encoding.UTF8.GetByteCount(Assert.Single(_receiver.Got).Body), 1, 19_999);
        Assert.True(Told[0]["data"]!["room"]!["metadataOmitted"]!.GetValue<bool>());
    }

    private List<JsonObject> Told => [.. _receiver.Got.Select(one => JsonNode.Parse(one.Body)!.AsObject())];

    private async Task<Answer> HookAsync(string events = "[]", string rooms = "[]")
    {
        var json = $$"""{"url":"{{_receiver.Url}}/hook","events":{{events}},"rooms":{{rooms}}}""";
        var made = await _app.SendAsync("POST", "/v1/webhooks", json);
        Assert.Equal(HttpStatusCode.Created, made.Status);
        return made;
    }

    private Task<Answer> AsOtherAsync(string method, string path) =>
        _app.SendAsync(method, path, bearer: _app.OtherTenantsKey.Credential);

    private async Task<JsonArray> DeliveriesAsync(Answer hook) =>
        (await _app.SendAsync("GET", $"/v1/webhooks/{hook.Text("id")}/deliveries")).Json["data"]!.AsArray();

    // Plays the host: hands over what is in the queue until it is empty.
    private async Task PumpAsync(bool doubled = false)
    {
        while (_app.Bus.Sent.FindIndex(one => one.Entity == BusEntities.WebhookDeliveries) is var at and >= 0)
        {
            var message = _app.Bus.Sent[at].Message;
            _app.Bus.Sent.RemoveAt(at);
            await HandOverAsync(message);
            if (doubled)
            {
                await HandOverAsync(message);
            }
        }
    }

    private async Task NextAsync()
    {
        var next = _app.Bus.Scheduled.MinBy(one => one.At);
        _app.Bus.Scheduled.Remove(next);
        _app.Clock.SetUtcNow(next.At);
        await HandOverAsync(next.Message);
        await PumpAsync();
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

    private static IEnumerable<string> Types(Answer answer) =>
        answer.Json["data"]!.AsArray().Select(one => one!["type"]!.GetValue<string>());

    // What a receiver does, written once more without our signer.
    private static void AssertSigned(IHeaderDictionary headers, string body, string secret)
    {
        var signed = $"{headers["webhook-id"]}.{headers["webhook-timestamp"]}.{body}";
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        var expected = "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(signed)));
        Assert.Contains(expected, headers["webhook-signature"].ToString().Split(' '));
        Assert.True(long.Parse(headers["webhook-timestamp"].ToString(), CultureInfo.InvariantCulture) > 0);
    }

    private ParticipantJoined Joined(RoomId room, long sequence, string who) =>
        new(
            Worker,
            _app.Clock.GetUtcNow(),
            _app.Key.Tenant,
            room,
            1,
            sequence,
            new("sess_" + who),
            new("part_" + who),
            who,
            null
        );

    private ParticipantLeft Left(RoomId room, long sequence, string who, LeaveReason reason) =>
        new(
            Worker,
            _app.Clock.GetUtcNow(),
            _app.Key.Tenant,
            room,
            1,
            sequence,
            new("sess_" + who),
            new("part_" + who),
            who,
            reason
        );

    private TrackPublished Published(RoomId room, long sequence, string who) =>
        new(
            Worker,
            _app.Clock.GetUtcNow(),
            _app.Key.Tenant,
            room,
            1,
            sequence,
            new("sess_" + who),
            new("part_" + who),
            new("trk_" + who),
            MediaKind.Video,
            TrackSource.Camera,
            "VP8"
        );

    private TrackUnpublished Unpublished(RoomId room, long sequence, string who) =>
        new(
            Worker,
            _app.Clock.GetUtcNow(),
            _app.Key.Tenant,
            room,
            1,
            sequence,
            new("sess_" + who),
            new("part_" + who),
            new("trk_" + who)
        );
}
