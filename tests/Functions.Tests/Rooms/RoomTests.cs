using System.Net;
using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Storage;
using EventMeet.Functions.Tests.Fakes;

namespace EventMeet.Functions.Tests.Rooms;

public sealed class RoomTests(FunctionsFixture app) : IClassFixture<FunctionsFixture>
{
    [Fact]
    public async Task Shows_what_was_made()
    {
        var made = await app.SendAsync(
            "POST",
            "/v1/rooms",
            """{"name":"daily","maxParticipants":3,"emptyTimeoutSeconds":60,"maxDurationSeconds":3600,"metadata":"é","tags":["a"],"region":"eu"}"""
        );
        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.EndsWith("/v1/rooms/" + made.Text("id"), made.Header("Location"), StringComparison.Ordinal);
        foreach (var path in new[] { made.Text("id"), "daily" })
        {
            var shown = await app.SendAsync("GET", "/v1/rooms/" + path);
            Assert.Equal(made.Body, shown.Body);
            Assert.Equal(made.Header("ETag"), shown.Header("ETag"));
        }

        Assert.Equal(
            ("open", "3", "é", "0"),
            (made.Text("state"), made.Text("maxParticipants"), made.Text("metadata"), made.Text("participantCount"))
        );
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", made.Text("createdAt"));
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await app.SendAsync("GET", "/v1/rooms/" + made.Text("id"), bearer: app.OtherTenantsKey.Credential)).Status
        );
    }

    [Fact]
    public async Task Keeps_names_unique_per_tenant_until_the_room_ended()
    {
        var first = await app.SendAsync("POST", "/v1/rooms", """{"name":"unique"}""");
        var second = await app.SendAsync("POST", "/v1/rooms", """{"name":"unique"}""");
        Assert.Equal(HttpStatusCode.Conflict, second.Status);
        Assert.Equal("room-name-taken", second.Problem);
        var elsewhere = await app.SendAsync(
            "POST",
            "/v1/rooms",
            """{"name":"unique"}""",
            app.OtherTenantsKey.Credential
        );
        Assert.Equal(HttpStatusCode.Created, elsewhere.Status);
        await app.SendAsync("DELETE", "/v1/rooms/" + first.Text("id"));
        Assert.Equal(
            HttpStatusCode.Created,
            (await app.SendAsync("POST", "/v1/rooms", """{"name":"unique"}""")).Status
        );
    }

    [Theory]
    [InlineData("room_x")]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData(" a")]
    [InlineData("a\\u0000")]
    public async Task Refuses_names_that_could_not_stand_in_a_url(string name) =>
        Assert.Equal("invalid-fields", (await app.SendAsync("POST", "/v1/rooms", $$"""{"name":"{{name}}"}""")).Problem);

    [Fact]
    public async Task Takes_a_name_over_whose_room_was_never_made()
    {
        app.Store.BeforeNextWrite = () => app.Store.BeforeNextWrite = () => app.Store.IsDown = true;
        await app.SendAsync("POST", "/v1/rooms", """{"name":"orphan"}""");
        app.Store.IsDown = false;
        app.Store.BeforeNextWrite = null;
        Assert.Equal("room-name-taken", (await app.SendAsync("POST", "/v1/rooms", """{"name":"orphan"}""")).Problem);
        app.Clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(
            HttpStatusCode.Created,
            (await app.SendAsync("POST", "/v1/rooms", """{"name":"orphan"}""")).Status
        );
    }

    [Fact]
    public async Task Changes_only_the_fields_that_are_there()
    {
        var room = await app.MakeRoomAsync("""{"name":"before","metadata":"kept","maxParticipants":5}""");
        var changed = await app.SendAsync("PATCH", $"/v1/rooms/{room}", """{"name":"after","maxParticipants":null}""");
        Assert.Equal(HttpStatusCode.OK, changed.Status);
        Assert.Equal(
            ("after", "kept", "100"),
            (changed.Text("name"), changed.Text("metadata"), changed.Text("maxParticipants"))
        );
        Assert.Equal(HttpStatusCode.NotFound, (await app.SendAsync("GET", "/v1/rooms/before")).Status);
        Assert.Equal(HttpStatusCode.OK, (await app.SendAsync("GET", "/v1/rooms/after")).Status);
        Assert.Equal(changed.Header("ETag"), (await app.SendAsync("GET", "/v1/rooms/after")).Header("ETag"));
    }

    [Fact]
    public async Task Honours_preconditions()
    {
        var room = await app.MakeRoomAsync();
        var known = (await app.SendAsync("GET", $"/v1/rooms/{room}")).Header("ETag");
        Assert.Equal(
            HttpStatusCode.NotModified,
            (await app.SendAsync("GET", $"/v1/rooms/{room}", null, null, ("If-None-Match", known))).Status
        );
        Assert.Equal(
            HttpStatusCode.OK,
            (await app.SendAsync("PATCH", $"/v1/rooms/{room}", "{}", null, ("If-Match", known))).Status
        );
        foreach (var method in new[] { "PATCH", "DELETE" })
        {
            var body = method == "PATCH" ? "{}" : null;
            Assert.Equal(
                HttpStatusCode.PreconditionFailed,
                (await app.SendAsync(method, $"/v1/rooms/{room}", body, null, ("If-Match", known))).Status
            );
            Assert.Equal(
                HttpStatusCode.PreconditionFailed,
                (await app.SendAsync(method, $"/v1/rooms/{room}", body, null, ("If-Match", "junk"))).Status
            );
        }

        Assert.Equal(
            HttpStatusCode.OK,
            (await app.SendAsync("DELETE", $"/v1/rooms/{room}", null, null, ("If-Match", "*"))).Status
        );
    }

    [Fact]
    public async Task Lists_page_by_page()
    {
        var key = await app.MakeKeyAsync("lists");
        List<string> made = [];
        for (var i = 0; i < 5; i++)
        {
            app.Clock.Advance(TimeSpan.FromMilliseconds(1));
            made.Add((await app.SendAsync("POST", "/v1/rooms", "{}", key.Credential)).Text("id"));
        }

        var first = await app.SendAsync("GET", "/v1/rooms?limit=3", bearer: key.Credential);
        var second = await app.SendAsync(
            "GET",
            $"/v1/rooms?limit=3&cursor={first.Text("nextCursor")}",
            bearer: key.Credential
        );
        var listed = first.Json["data"]!.AsArray().Concat(second.Json["data"]!.AsArray());
        Assert.Equal(made, listed.Select(room => room!["id"]!.GetValue<string>()));
        Assert.False(second.Json.ContainsKey("nextCursor"));
    }

    [Theory]
    [InlineData("?limit=0")]
    [InlineData("?limit=101")]
    [InlineData("?limit=x")]
    [InlineData("?cursor=%2F..")]
    [InlineData("?page=2")]
    public async Task Refuses_queries_it_does_not_understand(string query)
    {
        var answer = await app.SendAsync("GET", "/v1/rooms" + query);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("invalid-query", answer.Problem);
    }

    [Fact]
    public async Task Tells_the_shard_to_close_a_placed_room_and_has_ended_when_it_did()
    {
        var room = await app.MakeRoomAsync();
        await PlaceAsync(room);
        var ending = await app.SendAsync("DELETE", $"/v1/rooms/{room}");
        Assert.Equal(HttpStatusCode.Accepted, ending.Status);
        Assert.Equal("ending", ending.Text("state"));
        var (entity, message) = app.Bus.Sent[^1];
        Assert.Equal(("sfu-commands", "wkr_1"), (entity, message.SessionId));
        Assert.Equal(new CloseRoom(room, 2, 7, LeaveReason.RoomEnded), app.Bus.Orders.Last());
        await app.ReportAsync(
            new RoomEmptied(new WorkerId("wkr_1"), app.Clock.GetUtcNow(), app.Key.Tenant, room, 7, 1)
        );
        Assert.Equal("ended", (await app.SendAsync("GET", $"/v1/rooms/{room}")).Text("state"));
        Assert.Equal("room-ended", (await app.SendAsync("POST", $"/v1/rooms/{room}/tokens")).Problem);
    }

    [Fact]
    public async Task Has_ended_after_half_a_minute_when_the_shard_is_silent()
    {
        var room = await app.MakeRoomAsync();
        await PlaceAsync(room);
        await app.SendAsync("DELETE", $"/v1/rooms/{room}");
        app.Clock.Advance(TimeSpan.FromSeconds(32));
        Assert.Equal(HttpStatusCode.OK, (await app.TickAsync("RoomReap")).Status);
        Assert.Equal("ended", (await app.SendAsync("GET", $"/v1/rooms/{room}")).Text("state"));
        Assert.DoesNotContain(
            app.Store.RowsOf("deadlines"),
            row => row.Body.Contains(room.Value, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Sends_the_order_later_when_the_bus_is_away()
    {
        var room = await app.MakeRoomAsync();
        await PlaceAsync(room);
        app.Bus.IsDown = true;
        Assert.Equal(HttpStatusCode.Accepted, (await app.SendAsync("DELETE", $"/v1/rooms/{room}")).Status);
        app.Bus.IsDown = false;
        var before = app.Bus.Sent.Count;
        app.Clock.Advance(TimeSpan.FromSeconds(5));
        await app.TickAsync("OutboxSweep");
        await app.TickAsync("OutboxSweep");
        Assert.Equal(before + 1, app.Bus.Sent.Count);
        Assert.Equal(new CloseRoom(room, 2, 7, LeaveReason.RoomEnded), app.Bus.Orders.Last());
        Assert.Empty(app.Store.RowsOf("outbox"));
        Assert.DoesNotContain(
            app.Store.RowsOf("rooms"),
            row => row.Name.StartsWith("outbox|", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Lets_only_one_of_two_win_who_end_and_place_a_room_at_the_same_time()
    {
        var room = await app.MakeRoomAsync();
        var first = true;
        app.Store.BeforeNextWrite = () =>
        {
            if (first)
            {
                first = false;
                PlaceAsync(room).GetAwaiter().GetResult();
            }
        };
        Assert.Equal("ending", (await app.SendAsync("DELETE", $"/v1/rooms/{room}")).Text("state"));
    }

    private Task<WriteResult> PlaceAsync(RoomId room)
    {
        RoomPlacement placement = new(new WorkerId("wkr_1"), 2, 7, app.Clock.GetUtcNow());
        var put = RowChange.Put(RoomRows.Placement, placement, RoomsJsonContext.Default.RoomPlacement);
        return app.Store.WriteAsync(Tables.Rooms, room.Value, [put], CancellationToken.None);
    }
}
