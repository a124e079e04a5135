using System.Net;
using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Storage;
using EventMeet.Functions.Tests.Fakes;
using EventMeet.Functions.Tests.Placement;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace EventMeet.Functions.Tests.Participants;

public sealed class RoomFactsTests(FunctionsFixture app) : IClassFixture<FunctionsFixture>
{
    private static readonly WorkerId Worker = new("wkr_1");

    [Fact]
    public async Task Shows_who_is_in_and_what_they_send()
    {
        var room = await app.MakeRoomAsync();
        await app.ReportAsync(
            Joined(room, 1, 1, "anna"),
            Published(room, 1, 2, "anna", "trk_1"),
            Joined(room, 1, 3, "ben")
        );
        var list = (await app.SendAsync("GET", $"/v1/rooms/{room}/participants")).Json["data"]!.AsArray();
        Assert.Equal(["anna", "ben"], list.Select(one => one!["identity"]!.GetValue<string>()));
        Assert.Equal("camera", list[0]!["tracks"]![0]!["source"]!.GetValue<string>());
        Assert.Equal(("live", "2"), await StateAsync(room));

        await app.ReportAsync(Unpublished(room, 1, 4, "anna", "trk_1"), Left(room, 1, 5, "ben"));
        var anna = await app.SendAsync("GET", $"/v1/rooms/{room}/participants/anna");
        Assert.Empty(anna.Json["tracks"]!.AsArray());
        Assert.Equal(("live", "1"), await StateAsync(room));
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await app.SendAsync("GET", $"/v1/rooms/{room}/participants/ben")).Status
        );
    }

    [Property(MaxTest = 60)]
    public FsCheck.Property Comes_to_the_same_in_whatever_order_and_however_often_facts_come(int seed)
    {
        var random = new Random(seed); // CA5394: order, not secrets
        return Prop.When(true, () => RunShuffledAsync(random).GetAwaiter().GetResult());
    }

    private async Task<bool> RunShuffledAsync(Random random)
    {
        var room = await app.MakeRoomAsync();
        RoomEvent[] facts =
        [
            Joined(room, 1, 1, "a"),
            Published(room, 1, 2, "a", "trk_a"),
            Joined(room, 1, 3, "b"),
            Unpublished(room, 1, 4, "a", "trk_a"),
            Left(room, 1, 5, "b"),
            Joined(room, 1, 6, "c"),
            Left(room, 1, 7, "c"),
        ];
        var shuffled = facts.Concat(facts).ToArray();
#pragma warning disable CA5394 // an order, not a secret
        random.Shuffle(shuffled);
#pragma warning restore CA5394
        foreach (var fact in shuffled)
        {
            await app.ReportAsync(fact);
        }

        var list = (await app.SendAsync("GET", $"/v1/rooms/{room}/participants")).Json["data"]!.AsArray();
        return await StateAsync(room) == ("live", "1")
            && list is [var only]
            && only!["identity"]!.GetValue<string>() == "a"
            && only["tracks"]!.AsArray().Count == 0;
    }

    [Fact]
    public async Task Empties_the_room_of_an_older_epoch_when_a_newer_one_speaks()
    {
        var room = await app.MakeRoomAsync();
        await app.ReportAsync(Joined(room, 1, 1, "old"), Joined(room, 2, 1, "new"), Left(room, 1, 2, "old"));
        Assert.Equal(("live", "1"), await StateAsync(room));
        await app.ReportAsync(
            Joined(room, 1, 3, "late"),
            new RoomEmptied(Worker, app.Clock.GetUtcNow(), app.Key.Tenant, room, 1, 4)
        );
        Assert.Equal(("live", "1"), await StateAsync(room));
    }

    [Fact]
    public async Task Ends_a_room_that_was_empty_for_its_time_and_frees_its_name()
    {
        var room = await app.MakeRoomAsync("""{"name":"gone"}""");
        await PlaceAsync(room, 1);
        await app.ReportAsync(Joined(room, 1, 1, "a"), Left(room, 1, 2, "a"), Emptied(room, 1, 3));
        Assert.Equal(("ended", "0"), await StateAsync(room));
        Assert.Equal(HttpStatusCode.Created, (await app.SendAsync("POST", "/v1/rooms", """{"name":"gone"}""")).Status);
        await app.ReportAsync(Joined(room, 1, 1, "a"));
        Assert.Equal(("ended", "0"), await StateAsync(room));
    }

    [Fact]
    public async Task Reopens_a_room_whose_worker_stopped_to_be_placed_anew()
    {
        var room = await app.MakeRoomAsync();
        await PlaceAsync(room, 1);
        await app.ReportAsync(
            Joined(room, 1, 1, "a"),
            Left(room, 1, 2, "a", LeaveReason.WorkerStopping),
            Emptied(room, 1, 3)
        );
        Assert.Equal(("open", "0"), await StateAsync(room));
        var placement = await app.Get<RoomDirectory>().FindPlacementAsync(room, TestContext.Current.CancellationToken);
        Assert.True(placement!.Value.Vacant);
        await app.ReportAsync(Joined(room, 2, 1, "a"));
        Assert.Equal(("live", "1"), await StateAsync(room));
    }

    [Fact]
    public async Task Ends_a_meeting_that_lasted_too_long()
    {
        var room = await app.MakeRoomAsync("""{"maxDurationSeconds":90}""");
        await PlaceAsync(room, 1);
        await app.ReportAsync(Joined(room, 1, 1, "a"));
        for (var second = 0; second < 85; second += 5)
        {
            app.Clock.Advance(TimeSpan.FromSeconds(5));
            await app.ReportAsync(Workers.Alive("1", app.Clock.GetUtcNow()));
            await app.TickAsync("RoomReap");
        }

        Assert.Equal(("live", "1"), await StateAsync(room));
        app.Clock.Advance(TimeSpan.FromSeconds(7));
        await app.TickAsync("RoomReap");
        Assert.Equal(("ending", "1"), await StateAsync(room));
    }

    [Fact]
    public async Task Reopens_a_room_whose_worker_went_silent_and_to_which_nobody_came_back()
    {
        var room = await app.MakeRoomAsync();
        await PlaceAsync(room, 1);
        await app.ReportAsync(Workers.Alive("1", app.Clock.GetUtcNow()), Joined(room, 1, 1, "a"));
        app.Clock.Advance(TimeSpan.FromMinutes(5));
        await app.TickAsync("RoomReap");
        Assert.Equal(("open", "0"), await StateAsync(room));
    }

    [Fact]
    public async Task Removes_a_participant_and_takes_their_tokens_back()
    {
        var room = await app.MakeRoomAsync();
        await PlaceAsync(room, 1);
        await app.ReportAsync(Joined(room, 1, 1, "anna"));
        var answer = await app.SendAsync("DELETE", $"/v1/rooms/{room}/participants/part_anna");
        Assert.Equal(HttpStatusCode.NoContent, answer.Status);
        Assert.Equal(new ClosePeer(room, 0, 1, new SessionId("sess_anna"), LeaveReason.Removed), app.Bus.Orders.Last());
        var nobody = await app.SendAsync("DELETE", $"/v1/rooms/{room}/participants/part_x");
        Assert.Equal("participant-not-found", nobody.Problem);
    }

    [Fact]
    public async Task Passes_over_a_message_that_nobody_can_read()
    {
        var room = await app.MakeRoomAsync();
        var fact = Joined(room, 1, 1, "a");
        var good = Convert.ToBase64String(MessageTypes.Write(fact));
        var answer = await app.SendAsync(
            "POST",
            "/WorkerEvents",
            $$"""
            {"Data":{"messages":"[\"AAEC\",\"{{good}}\",\"{{good}}\"]"},
            "Metadata":{"ApplicationPropertiesArray":[{"cloudEvents:type":"x"},{"cloudEvents:type":"eventmeet.Nothing.v1"},
            { "cloudEvents:type":"{{MessageTypes.NameOf(fact)}}" } ] } }
            """
        );
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(("live", "1"), await StateAsync(room));
    }

    [Fact]
    public async Task Fails_the_batch_when_storage_is_away_so_that_it_comes_again()
    {
        var room = await app.MakeRoomAsync();
        app.Store.IsDown = true;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await app.ReportAsync(Joined(room, 1, 1, "a"))).Status);
        app.Store.IsDown = false;
        Assert.Equal(HttpStatusCode.OK, (await app.ReportAsync(Joined(room, 1, 1, "a"))).Status);
        Assert.Equal(("live", "1"), await StateAsync(room));
    }

    private ParticipantJoined Joined(RoomId room, long epoch, long sequence, string who) =>
        new(
            Worker,
            app.Clock.GetUtcNow(),
            app.Key.Tenant,
            room,
            epoch,
            sequence,
            Session(who),
            Participant(who),
            who,
            who
        );

    private ParticipantLeft Left(
        RoomId room,
        long epoch,
        long sequence,
        string who,
        LeaveReason reason = LeaveReason.Left
    ) =>
        new(
            Worker,
            app.Clock.GetUtcNow(),
            app.Key.Tenant,
            room,
            epoch,
            sequence,
            Session(who),
            Participant(who),
            who,
            reason
        );

    private TrackPublished Published(RoomId room, long epoch, long sequence, string who, string track) =>
        new(
            Worker,
            app.Clock.GetUtcNow(),
            app.Key.Tenant,
            room,
            epoch,
            sequence,
            Session(who),
            Participant(who),
            new TrackId(track),
            MediaKind.Video,
            TrackSource.Camera,
            "VP8"
        );

    private TrackUnpublished Unpublished(RoomId room, long epoch, long sequence, string who, string track) =>
        new(
            Worker,
            app.Clock.GetUtcNow(),
            app.Key.Tenant,
            room,
            epoch,
            sequence,
            Session(who),
            Participant(who),
            new TrackId(track)
        );

    private RoomEmptied Emptied(RoomId room, long epoch, long sequence) =>
        new(Worker, app.Clock.GetUtcNow(), app.Key.Tenant, room, epoch, sequence);

    private static SessionId Session(string who) => new("sess_" + who);

    private static ParticipantId Participant(string who) => new("part_" + who);

    private async Task<(string State, string Count)> StateAsync(RoomId room)
    {
        var shown = await app.SendAsync("GET", $"/v1/rooms/{room}");
        return (shown.Text("state"), shown.Text("participantCount"));
    }

    private Task<WriteResult> PlaceAsync(RoomId room, long epoch)
    {
        RoomPlacement placement = new(Worker, 0, epoch, app.Clock.GetUtcNow());
        var put = RowChange.Put(RoomRows.Placement, placement, RoomsJsonContext.Default.RoomPlacement);
        return app.Store.WriteAsync(Tables.Rooms, room.Value, [put], CancellationToken.None);
    }
}
