using System.Net;
using System.Text;
using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Storage;
using EventMeet.Functions.Tests.Fakes;
using EventMeet.Functions.Tests.Placement;
using EventMeet.Functions.Tests.Sdp;

namespace EventMeet.Functions.Tests.Sessions;

public sealed class SessionTests(FunctionsFixture app) : IClassFixture<FunctionsFixture>
{
    private const string Sdp = "application/sdp";
    private const string Fragment = "application/trickle-ice-sdpfrag";

    [Fact]
    public async Task Answers_an_offer_and_orders_the_shard_to_admit_the_peer()
    {
        var room = await OpenAsync();
        var token = await TokenAsync(room, "anna", ",\"name\":\"Anna\"");
        var answer = await PostAsync($"/v1/rooms/{room}/sessions", token, Offers.Read("chromium-meeting"));
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(Sdp, answer.Header("Content-Type"));
        Assert.StartsWith($"/v1/rooms/{room}/sessions/sess_", answer.Header("Location"), StringComparison.Ordinal);
        Assert.Equal("\"r1\"", answer.Header("ETag"));
        Assert.StartsWith(
            "<turn:relay.example:3478>; rel=\"ice-server\"; username=\"",
            answer.Header("Link"),
            StringComparison.Ordinal
        );

        var admit = Assert.IsType<AdmitPeer>(app.Bus.Orders.Last());
        var message = app.Bus.Sent[^1].Message;
        Assert.Equal((room, 0, 1L), (admit.Room, admit.Shard, admit.Epoch));
        Assert.Equal(("wkr_a", TimeSpan.FromSeconds(30)), (message.SessionId, message.TimeToLive));
        Assert.EndsWith(admit.Peer.Session.Value, answer.Header("Location"), StringComparison.Ordinal);
        Assert.Equal(("anna", "Anna"), (admit.Peer.Participant.Identity, admit.Peer.Participant.Name));
        Assert.Contains($"a=ice-ufrag:{admit.Peer.Ice.LocalUfrag}\r\n", answer.Body, StringComparison.Ordinal);
        Assert.Contains(
            "a=candidate:1 1 udp 2130706431 203.0.113.5 40000 typ host\r\n",
            answer.Body,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Repeats_the_answer_for_the_same_idempotency_key()
    {
        var room = await OpenAsync();
        var token = await TokenAsync(room, "anna");
        var first = await PostAsync($"/v1/rooms/{room}/sessions", token, Offers.Small(), ("Idempotency-Key", "k1"));
        var orders = app.Bus.Sent.Count;
        var second = await PostAsync($"/v1/rooms/{room}/sessions", token, Offers.Small(), ("Idempotency-Key", "k1"));
        Assert.Equal((first.Body, first.Header("Location")), (second.Body, second.Header("Location")));
        Assert.Equal(orders, app.Bus.Sent.Count);
    }

    [Theory]
    [InlineData("/v1/whip/", "gst-whip", "a=recvonly")]
    [InlineData("/v1/whip/", "obs-whip", "a=recvonly")]
    [InlineData("/v1/whep/", "gst-whep", "a=sendonly")]
    public async Task Serves_whip_and_whep_clients_by_the_rooms_name(string path, string offer, string direction)
    {
        var name = Guid.CreateVersion7().ToString("N");
        var room = await OpenAsync($$"""{"name":"{{name}}"}""");
        var answer = await PostAsync(path + name, await TokenAsync(room, "studio"), Offers.Read(offer));
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.StartsWith($"/v1/rooms/{room}/sessions/", answer.Header("Location"), StringComparison.Ordinal);
        Assert.Contains(direction, answer.Body, StringComparison.Ordinal);
    }

    public static TheoryData<string, HttpStatusCode, string, string> BadOffers =>
        new()
        {
            { "hello", HttpStatusCode.BadRequest, "sdp-malformed", "Line 1:" },
            { "", HttpStatusCode.UnsupportedMediaType, "unsupported-media-type", "application/sdp" },
            {
                Offers.Small().Replace("a=group:BUNDLE 0 1\r\n", "", StringComparison.Ordinal),
                HttpStatusCode.UnprocessableEntity,
                "sdp-unusable",
                "BUNDLE"
            },
            {
                Offers.Small().Replace("a=fingerprint", "a=x", StringComparison.Ordinal),
                HttpStatusCode.UnprocessableEntity,
                "sdp-unusable",
                "fingerprint"
            },
            {
                Offers.Small() + string.Concat(Enumerable.Repeat("m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n", 198)),
                HttpStatusCode.UnprocessableEntity,
                "sdp-unusable",
                "200 m-lines"
            },
            {
                "v=0\r\n" + new string('a', 256 * 1024),
                HttpStatusCode.RequestEntityTooLarge,
                "body-too-large",
                "256 KiB"
            },
        };

    [Theory]
    [MemberData(nameof(BadOffers))]
    public async Task Says_what_is_wrong_with_an_offer_and_makes_nothing(
        string offer,
        HttpStatusCode status,
        string problem,
        string detail
    )
    {
        var room = await OpenAsync();
        var token = await TokenAsync(room, "anna");
        var (rows, orders) = (RowsOf(room), app.Bus.Sent.Count);
        var answer =
            offer.Length == 0
                ? await app.SendAsync("POST", $"/v1/rooms/{room}/sessions", "{}", token)
                : await PostAsync($"/v1/rooms/{room}/sessions", token, offer);
        Assert.Equal((status, problem), (answer.Status, answer.Problem));
        Assert.Contains(detail, answer.Text("detail"), StringComparison.Ordinal);
        Assert.Equal((rows, orders), (RowsOf(room), app.Bus.Sent.Count));
    }

    [Fact]
    public async Task Lets_nobody_in_with_a_wrong_token()
    {
        var room = await OpenAsync();
        var other = await OpenAsync();
        var good = await TokenAsync(room, "anna");
        var parts = good.Split('.');
        var none = Convert.ToBase64String(Encoding.UTF8.GetBytes("""{"alg":"none","typ":"JWT"}""")).TrimEnd('=');
        var rows = RowsOf(room);
        foreach (
            var (token, problem) in new[]
            {
                (await TokenAsync(other, "anna"), "token-wrong-room"),
                ($"{none}.{parts[1]}.", "token-algorithm"),
                ($"{parts[0]}.{parts[1]}.{new string('A', 43)}", "token-signature"),
                (app.Key.Credential, "wrong-credential-kind"),
            }
        )
        {
            var answer = await PostAsync($"/v1/rooms/{room}/sessions", token, Offers.Small());
            Assert.Equal(problem, answer.Problem);
        }

        app.Clock.Advance(TimeSpan.FromHours(25));
        await AliveAsync();
        Assert.Equal("token-expired", (await PostAsync($"/v1/rooms/{room}/sessions", good, Offers.Small())).Problem);
        Assert.Equal(rows, RowsOf(room));
    }

    [Fact]
    public async Task Enforces_grants_in_the_answer_and_refuses_when_nothing_is_left()
    {
        var room = await OpenAsync();
        var deaf = await TokenAsync(room, "deaf", ",\"grants\":{\"canSubscribe\":false}");
        var answer = await PostAsync($"/v1/whep/{room}", deaf, Offers.Read("gst-whep"));
        Assert.Equal((HttpStatusCode.Forbidden, "not-allowed"), (answer.Status, answer.Problem));
        var mute = await TokenAsync(room, "mute", ",\"grants\":{\"canPublish\":false}");
        Assert.Equal(
            HttpStatusCode.Created,
            (await PostAsync($"/v1/rooms/{room}/sessions", mute, Offers.Small())).Status
        );
        Assert.DoesNotContain(Assert.IsType<AdmitPeer>(app.Bus.Orders.Last()).Peer.Media, media => media.Publishes);
    }

    [Fact]
    public async Task Closes_the_older_session_when_an_identity_joins_again()
    {
        var room = await OpenAsync("""{"maxParticipants":1}""");
        var token = await TokenAsync(room, "anna");
        var first = Admitted(await PostAsync($"/v1/rooms/{room}/sessions", token, Offers.Small()));
        await app.ReportAsync(JoinedFact(first));
        var second = Admitted(await PostAsync($"/v1/rooms/{room}/sessions", token, Offers.Small()));
        var close = Assert.IsType<ClosePeer>(app.Bus.Orders.ToList()[^2]);
        Assert.Equal((first.Peer.Session, LeaveReason.Replaced), (close.Session, close.Reason));
        Assert.NotEqual(first.Peer.Session, second.Peer.Session);
        Assert.Equal("session-not-found", (await app.SendAsync("GET", PathOf(first), bearer: token)).Problem);

        var full = await PostAsync($"/v1/rooms/{room}/sessions", await TokenAsync(room, "bert"), Offers.Small());
        Assert.Equal("room-full", full.Problem);
    }

    [Fact]
    public async Task Spreads_a_room_over_its_worker_when_its_home_is_busy()
    {
        var room = await OpenAsync();
        var home = Admitted(
            await PostAsync($"/v1/rooms/{room}/sessions", await TokenAsync(room, "anna"), Offers.Small())
        );
        Assert.Equal((0, null), (home.Shard, home.Home));
        await BusyAsync(0.9, 0.1);

        var token = await TokenAsync(room, "bert");
        var answer = await PostAsync($"/v1/rooms/{room}/sessions", token, Offers.Small());
        var branch = Admitted(answer);
        Assert.Equal((1, 0, 1L), (branch.Shard, branch.Home, branch.Epoch));
        Assert.Contains(" 203.0.113.5 40001 typ host\r\n", answer.Body, StringComparison.Ordinal);

        // What follows goes to where the session is, also when the home is not busy any more.
        await BusyAsync(0.1, 0.1);
        var path = answer.Header("Location");
        var next = await PatchAsync(path, token, Sdp, Offers.Small("a=content:slides"), "\"r1\"");
        Assert.Contains(" 203.0.113.5 40001 typ host\r\n", next.Body, StringComparison.Ordinal);
        Assert.Equal(1, Assert.IsType<UpdatePeer>(app.Bus.Orders.Last()).Shard);

        var again = Admitted(await PostAsync($"/v1/rooms/{room}/sessions", token, Offers.Small()));
        var replaced = Assert.IsType<ClosePeer>(app.Bus.Orders.ToList()[^2]);
        Assert.Equal((1, branch.Peer.Session), (replaced.Shard, replaced.Session));
        Assert.Equal((0, null), (again.Shard, again.Home));
    }

    [Fact]
    public async Task A_session_whose_room_somebody_else_has_just_placed_is_spread_from_there()
    {
        var room = await OpenAsync();
        await BusyAsync(0.1, 0.9);
        var token = await TokenAsync(room, "anna");
        app.Store.BeforeNextWrite = () =>
        {
            RoomPlacement theirs = new(new WorkerId("wkr_a"), 1, 1, app.Clock.GetUtcNow());
            var insert = RowChange.Insert(RoomRows.Placement, theirs, RoomsJsonContext.Default.RoomPlacement);
            var written = app.Store.WriteAsync(Tables.Rooms, room.Value, [insert], CancellationToken.None);
            Assert.True(written.GetAwaiter().GetResult().Committed);
        };

        var admit = Admitted(await PostAsync($"/v1/rooms/{room}/sessions", token, Offers.Small()));

        Assert.Equal((0, 1, 1L), (admit.Shard, admit.Home, admit.Epoch));
        Assert.Single(app.Bus.Orders.OfType<AdmitPeer>(), order => order.Room == room);
    }

    [Fact]
    public async Task Gives_changes_and_ends_a_session()
    {
        var room = await OpenAsync();
        var token = await TokenAsync(room, "anna");
        var first = await PostAsync($"/v1/rooms/{room}/sessions", token, Offers.Small());
        var path = first.Header("Location");
        var shown = await app.SendAsync("GET", path, bearer: token);
        Assert.Equal((first.Body, "\"r1\""), (shown.Body, shown.Header("ETag")));
        Assert.Equal(
            "session-not-found",
            (await app.SendAsync("GET", path, bearer: await TokenAsync(room, "bert"))).Problem
        );

        var more = Offers.Small("a=content:slides");
        Assert.Equal("precondition-required", (await PatchAsync(path, token, Sdp, more)).Problem);
        Assert.Equal("precondition-failed", (await PatchAsync(path, token, Sdp, more, "\"r7\"")).Problem);
        var second = await PatchAsync(path, token, Sdp, more, "\"r1\"");
        Assert.Equal((HttpStatusCode.OK, "\"r2\""), (second.Status, second.Header("ETag")));
        var update = Assert.IsType<UpdatePeer>(app.Bus.Orders.Last());
        Assert.Equal((2, TrackSource.ScreenShare), (update.Peer.Revision, update.Peer.Media[1].Source));

        // The reply was lost and the client asks again.
        var sent = app.Bus.Sent.Count;
        Assert.Equal(second.Body, (await PatchAsync(path, token, Sdp, more, "\"r1\"")).Body);
        Assert.Equal(sent, app.Bus.Sent.Count);

        Assert.Equal(HttpStatusCode.OK, (await app.SendAsync("DELETE", path, bearer: token)).Status);
        var close = Assert.IsType<ClosePeer>(app.Bus.Orders.Last());
        Assert.Equal((update.Peer.Session, LeaveReason.Left), (close.Session, close.Reason));
        Assert.Equal(HttpStatusCode.OK, (await app.SendAsync("DELETE", path, bearer: token)).Status);
        Assert.DoesNotContain(
            app.Store.RowsOf(Tables.Rooms),
            row => row.Partition == room.Value && row.Name.StartsWith("seat|", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Takes_candidates_and_restarts_ice_as_rfc_9725_says()
    {
        var room = await OpenAsync();
        var token = await TokenAsync(room, "obs");
        var first = await PostAsync($"/v1/whip/{room}", token, Offers.Read("obs-whip"));
        var path = first.Header("Location");
        const string candidates =
            "a=ice-ufrag:dKph\r\na=ice-pwd:oiPEmSu1r4o1pGpk5nyjqU\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
            + "a=candidate:1 1 udp 2130706431 192.0.2.30 5000 typ host\r\na=end-of-candidates\r\n";
        Assert.Equal("precondition-required", (await PatchAsync(path, token, Fragment, candidates)).Problem);
        Assert.Equal("precondition-failed", (await PatchAsync(path, token, Fragment, candidates, "\"x\"")).Problem);
        Assert.Equal(HttpStatusCode.NoContent, (await PatchAsync(path, token, Fragment, candidates, "\"r1\"")).Status);

        const string restart = "a=ice-ufrag:ysXw\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n";
        Assert.Equal("sdp-unusable", (await PatchAsync(path, token, Fragment, restart, "\"r1\"")).Problem);
        var restarted = await PatchAsync(path, token, Fragment, restart, "\"*\"");
        Assert.Equal(
            (HttpStatusCode.OK, Fragment, "\"r2\""),
            (restarted.Status, restarted.Header("Content-Type"), restarted.Header("ETag"))
        );
        var update = Assert.IsType<UpdatePeer>(app.Bus.Orders.Last());
        Assert.Equal("ysXw", update.Peer.Ice.RemoteUfrag);
        Assert.Contains($"a=ice-ufrag:{update.Peer.Ice.LocalUfrag}\r\n", restarted.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(update.Peer.Ice.LocalUfrag, first.Body, StringComparison.Ordinal);
        Assert.Contains(
            update.Peer.Ice.LocalPwd,
            (await app.SendAsync("GET", path, bearer: token)).Body,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Tells_what_it_takes()
    {
        var options = await app.SendAsync("OPTIONS", "/v1/whip/any");
        Assert.Equal((HttpStatusCode.NoContent, Sdp), (options.Status, options.Header("Accept-Post")));
        var put = await app.SendAsync("PUT", "/v1/whip/any");
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "POST, GET, HEAD, OPTIONS"), (put.Status, put.Header("Allow")));
        var patch = await app.SendAsync("OPTIONS", "/v1/rooms/r/sessions/s");
        Assert.Equal($"{Fragment}, {Sdp}", patch.Header("Accept-Patch"));
    }

    [Fact]
    public async Task Asks_to_come_back_when_no_worker_is_live_and_leaves_nothing()
    {
        var room = await OpenAsync();
        app.Clock.Advance(TimeSpan.FromSeconds(5));
        var rows = RowsOf(room);
        var answer = await PostAsync($"/v1/rooms/{room}/sessions", await TokenAsync(room, "anna"), Offers.Small());
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "no-worker"), (answer.Status, answer.Problem));
        Assert.Equal("2", answer.Header("Retry-After"));
        Assert.Equal(rows, RowsOf(room));
    }

    [Fact]
    public async Task Places_a_room_elsewhere_with_the_next_epoch_when_its_worker_is_lost()
    {
        var room = await OpenAsync();
        var token = await TokenAsync(room, "anna");
        var first = Admitted(await PostAsync($"/v1/rooms/{room}/sessions", token, Offers.Small()));
        app.Clock.Advance(TimeSpan.FromSeconds(5));
        await app.ReportAsync(Workers.Alive("b", app.Clock.GetUtcNow()));
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        var gone = await PatchAsync(PathOf(first), token, Sdp, Offers.Small(), "\"r1\"");
        Assert.Equal("session-not-found", gone.Problem);
        var second = Admitted(await PostAsync($"/v1/rooms/{room}/sessions", token, Offers.Small()));
        Assert.Equal((1L, 2L), (first.Epoch, second.Epoch));
        Assert.Equal("wkr_b", app.Bus.Sent[^1].Message.SessionId);
    }

    [Fact]
    public async Task Uses_the_placement_of_whoever_was_faster()
    {
        var room = await OpenAsync();
        var token = await TokenAsync(room, "anna");
        RoomPlacement theirs = new(new WorkerId("wkr_a"), 1, 1, app.Clock.GetUtcNow());
        await app.ReportAsync(Workers.Alive("a", app.Clock.GetUtcNow(), 0, 0.5));
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        // The first write is the outbox's marker: by then the placement was read.
        app.Store.BeforeNextWrite = () =>
            app
                .Store.WriteAsync(
                    Tables.Rooms,
                    room.Value,
                    [RowChange.Insert(RoomRows.Placement, theirs, RoomsJsonContext.Default.RoomPlacement)],
                    CancellationToken.None
                )
                .GetAwaiter()
                .GetResult();
        var admitted = Admitted(await PostAsync($"/v1/rooms/{room}/sessions", token, Offers.Small()));
        Assert.Equal((1, 1L), (admitted.Shard, admitted.Epoch));
        Assert.Single(app.Bus.Orders.OfType<AdmitPeer>(), order => order.Room == room);
    }

    [Fact]
    public async Task Forgets_sessions_when_the_shard_says_they_are_over()
    {
        var room = await OpenAsync();
        var anna = Admitted(
            await PostAsync($"/v1/rooms/{room}/sessions", await TokenAsync(room, "anna"), Offers.Small())
        );
        Admitted(await PostAsync($"/v1/rooms/{room}/sessions", await TokenAsync(room, "bert"), Offers.Small()));
        var at = app.Clock.GetUtcNow();
        WorkerId worker = new("wkr_a");
        var (peer, tenant) = (anna.Peer, app.Key.Tenant);
        await app.ReportAsync(
            new ParticipantLeft(
                worker,
                at,
                tenant,
                room,
                1,
                1,
                peer.Session,
                peer.Participant.Id,
                "anna",
                LeaveReason.NeverConnected
            )
        );
        Assert.Equal(
            2,
            NamesOf(room)
                .Count(name =>
                    name.StartsWith("session|", StringComparison.Ordinal)
                    || name.StartsWith("seat|", StringComparison.Ordinal)
                )
        );
        await app.ReportAsync(new RoomEmptied(worker, at, tenant, room, 1, 2));
        Assert.DoesNotContain(NamesOf(room), name => name.StartsWith("se", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Answers_although_the_bus_is_away_and_sends_the_order_later()
    {
        var room = await OpenAsync();
        var token = await TokenAsync(room, "anna");
        app.Bus.IsDown = true;
        var answer = await PostAsync($"/v1/rooms/{room}/sessions", token, Offers.Small());
        app.Bus.IsDown = false;
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.DoesNotContain(app.Bus.Orders, order => order is AdmitPeer admit && admit.Room == room);
        app.Clock.Advance(TimeSpan.FromSeconds(4));
        await app.TickAsync("OutboxSweep");
        Assert.Contains(app.Bus.Orders, order => order is AdmitPeer admit && admit.Room == room);
    }

    private async Task AliveAsync()
    {
        await app.ReportAsync(Workers.Alive("a", app.Clock.GetUtcNow() + TimeSpan.FromSeconds(1)));
        // Past the cache of heartbeats.
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        await app.ReportAsync(Workers.Alive("a", app.Clock.GetUtcNow()));
    }

    // A heartbeat later: what was known is read anew.
    private async Task BusyAsync(params double[] cpuPerShard)
    {
        app.Clock.Advance(TimeSpan.FromSeconds(2));
        await app.ReportAsync(Workers.Alive("a", app.Clock.GetUtcNow(), cpuPerShard));
    }

    private async Task<RoomId> OpenAsync(string json = "{}")
    {
        // Past the heartbeats of other tests' workers.
        app.Clock.Advance(TimeSpan.FromSeconds(10));
        await AliveAsync();
        return await app.MakeRoomAsync(json);
    }

    private async Task<string> TokenAsync(RoomId room, string identity, string more = "")
    {
        var answer = await app.SendAsync(
            "POST",
            $"/v1/rooms/{room}/tokens",
            $$"""{"identity":"{{identity}}"{{more}}}"""
        );
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        return answer.Text("token");
    }

    private Task<Answer> PostAsync(string path, string token, string offer, params (string, string)[] headers) =>
        app.SendAsync("POST", path, offer, token, [("Content-Type", Sdp), .. headers]);

    private Task<Answer> PatchAsync(string path, string token, string type, string body, string? ifMatch = null) =>
        app.SendAsync(
            "PATCH",
            path,
            body,
            token,
            ifMatch is null ? [("Content-Type", type)] : [("Content-Type", type), ("If-Match", ifMatch)]
        );

    private AdmitPeer Admitted(Answer answer)
    {
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        return Assert.IsType<AdmitPeer>(app.Bus.Orders.Last());
    }

    private ParticipantJoined JoinedFact(AdmitPeer admit) =>
        new(
            new WorkerId("wkr_a"),
            app.Clock.GetUtcNow(),
            app.Key.Tenant,
            admit.Room,
            admit.Epoch,
            1,
            admit.Peer.Session,
            admit.Peer.Participant.Id,
            admit.Peer.Participant.Identity,
            admit.Peer.Participant.Name
        );

    private static string PathOf(AdmitPeer admit) => $"/v1/rooms/{admit.Room}/sessions/{admit.Peer.Session}";

    private string RowsOf(RoomId room) => string.Join(' ', NamesOf(room));

    private IReadOnlyList<string> NamesOf(RoomId room) =>
        [.. app.Store.RowsOf(Tables.Rooms).Where(row => row.Partition == room.Value).Select(row => row.Name)];
}
