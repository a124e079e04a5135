using EventMeet.Contracts;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Rooms;

/// <summary>/v1/rooms: a tenant's rooms.</summary>
internal sealed class RoomFunctions(
    RoomDirectory rooms,
    RoomEnding ending,
    ITableStore store,
    TimeProvider clock,
    IdSource ids
)
{
    private const int MostTries = 4;

    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        new HttpFunction(
            "Rooms",
            "v1/rooms",
            [
                new("GET", Access.Tenant, services => Of(services).ListAsync),
                new("POST", Access.Tenant, services => Of(services).CreateAsync)
                {
                    Accepts = ["application/json"],
                    BodyOptional = true,
                },
            ]
        ),
        new HttpFunction(
            "Room",
            "v1/rooms/{room}",
            [
                new("GET", Access.Tenant, services => Of(services).GetAsync),
                new("PATCH", Access.Tenant, services => Of(services).UpdateAsync)
                {
                    Accepts = ["application/json", "application/merge-patch+json"],
                },
                new("DELETE", Access.Tenant, services => Of(services).EndAsync),
            ]
        ),
    ];

    private async Task<Reply> CreateAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (RoomRequest.Read(call.Body, new RoomFields(), out var fields) is { } problem)
        {
            return Reply.Refused(problem);
        }

        var room = RoomDecider.Create(ids.New<RoomId>(), call.Tenant, fields, clock.GetUtcNow());
        if (await rooms.InsertAsync(room, call.TraceParent, cancellationToken) is var refusal and not Refusal.None)
        {
            return Reply.Refused(refusal);
        }

        var made = await rooms.FindAsync(call.Tenant, room.Id, cancellationToken);
        return made is null
            ? Reply.Refused(Refusal.ConcurrentChange)
            : Show(201, made).With("Location", $"{call.Url}/{room.Id}");
    }

    private async Task<Reply> ListAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (Page.Read(call.Request, out var page) is { } invalid)
        {
            return Reply.Refused(invalid);
        }

        var now = clock.GetUtcNow();
        var (found, last) = await rooms.ListAsync(call.Tenant, page, cancellationToken);
        RoomList list = new([.. found.Select(row => RoomBody.Of(row.Value, ResourceTag.Of(row.ETag), now))])
        {
            NextCursor = last is null ? null : Page.CursorAfter(last),
        };
        return Reply.Json(200, list, RoomsApiContext.Default.RoomList);
    }

    private async Task<Reply> GetAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (await rooms.FindAsync(call.Tenant, call.Route("room"), cancellationToken) is not { } found)
        {
            return Reply.Refused(Refusal.RoomNotFound);
        }

        return call.Knows(ResourceTag.Of(found.ETag))
            ? Reply.Empty(304).With("ETag", ResourceTag.Of(found.ETag))
            : Show(200, found);
    }

    private async Task<Reply> UpdateAsync(HttpCall call, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            if (await rooms.FindAsync(call.Tenant, call.Route("room"), cancellationToken) is not { } found)
            {
                return Reply.Refused(Refusal.RoomNotFound);
            }

            if (call.CheckIfMatch(ResourceTag.Of(found.ETag), required: false) is var changed and not Refusal.None)
            {
                return Reply.Refused(changed);
            }

            if (RoomRequest.Read(call.Body, found.Value.Fields, out var fields) is { } problem)
            {
                return Reply.Refused(problem);
            }

            var decision = RoomDecider.Update(found.Value, fields, clock.GetUtcNow());
            if (decision.Room is not { } room)
            {
                return Reply.Refused(decision.Refusal);
            }

            var (refusal, saved) = await SaveAsync(found, room, cancellationToken);
            if (refusal is not Refusal.None)
            {
                return Reply.Refused(refusal);
            }

            if (saved is not null)
            {
                return Show(200, saved);
            }
        }

        return Reply.Refused(Refusal.ConcurrentChange);
    }

    private async Task<Reply> EndAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (await rooms.FindAsync(call.Tenant, call.Route("room"), cancellationToken) is not { } found)
        {
            return Reply.Refused(Refusal.RoomNotFound);
        }

        if (call.CheckIfMatch(ResourceTag.Of(found.ETag), required: false) is var changed and not Refusal.None)
        {
            return Reply.Refused(changed);
        }

        return await ending.EndAsync(found.Value.Id, call.TraceParent, cancellationToken) is { } ended
            ? Show(ended.Value.State is RoomState.Ended ? 200 : 202, ended)
            : Reply.Refused(Refusal.ConcurrentChange);
    }

    // The new name is taken before and the old one freed after: a crash between leaves one too many, which is forfeit.
    private async Task<(Refusal Refusal, Row<Room>? Saved)> SaveAsync(
        Row<Room> before,
        Room room,
        CancellationToken cancellationToken
    )
    {
        var renamed = !string.Equals(before.Value.Fields.Name, room.Fields.Name, StringComparison.Ordinal);
        if (renamed && room.Fields.Name is not null && !await rooms.TakeNameAsync(room, cancellationToken))
        {
            return (Refusal.RoomNameTaken, null);
        }

        var replace = RowChange.Replace(RoomRows.Room, room, before.ETag, RoomsJsonContext.Default.Room);
        var written = await store.WriteAsync(Tables.Rooms, room.Id.Value, [replace], cancellationToken);
        if (renamed)
        {
            var unused = written.Committed ? before.Value.Fields.Name : room.Fields.Name;
            await rooms.FreeNameAsync(room.Tenant, room.Id, unused, cancellationToken);
        }

        return (Refusal.None, written.Committed ? new Row<Room>(room, written.ETags[0]) : null);
    }

    private Reply Show(int status, Row<Room> row)
    {
        var etag = ResourceTag.Of(row.ETag);
        var body = RoomBody.Of(row.Value, etag, clock.GetUtcNow());
        return Reply.Json(status, body, RoomsApiContext.Default.RoomBody).With("ETag", etag);
    }

    private static RoomFunctions Of(IServiceProvider services) => services.GetRequiredService<RoomFunctions>();
}
