using System.Text.Json.Serialization;
using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Participants;

/// <summary>/v1/rooms/{room}/participants: who is in.</summary>
internal sealed class ParticipantFunctions(
    RoomDirectory rooms,
    Revocations revocations,
    ITableStore store,
    Outbox outbox,
    WorkerOrders orders
)
{
    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        new HttpFunction(
            "Participants",
            "v1/rooms/{room}/participants",
            [new("GET", Access.Tenant, services => Of(services).ListAsync)]
        ),
        new HttpFunction(
            "Participant",
            "v1/rooms/{room}/participants/{participant}",
            [
                new("GET", Access.Tenant, services => Of(services).GetAsync),
                new("DELETE", Access.Tenant, services => Of(services).RemoveAsync),
            ]
        ),
    ];

    private async Task<Reply> ListAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (Page.Read(call.Request, out var page) is { } invalid)
        {
            return Reply.Refused(invalid);
        }

        if (await rooms.FindAsync(call.Tenant, call.Route("room"), cancellationToken) is not { } room)
        {
            return Reply.Refused(Refusal.RoomNotFound);
        }

        var prefix = RoomRows.ParticipantPrefix;
        var range = page.After is null ? RowRange.Prefix(prefix) : RowRange.After(prefix, prefix + page.After);
        var rows = await ReadAsync(room.Value.Id, range, page.Limit + 1, cancellationToken);
        var shown = rows.Take(page.Limit).Select(row => row.Value).ToList();
        ParticipantList list = new([.. shown.Where(one => one.Joined).Select(ParticipantBody.Of)])
        {
            NextCursor = rows.Count > page.Limit ? Page.CursorAfter(shown[^1].Id.Value) : null,
        };
        return Reply.Json(200, list, ParticipantsApiContext.Default.ParticipantList);
    }

    private async Task<Reply> GetAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (await rooms.FindAsync(call.Tenant, call.Route("room"), cancellationToken) is not { } room)
        {
            return Reply.Refused(Refusal.RoomNotFound);
        }

        return await FindAsync(room.Value.Id, call.Route("participant"), cancellationToken) is { } found
            ? Reply
                .Json(200, ParticipantBody.Of(found.Value), ParticipantsApiContext.Default.ParticipantBody)
                .With("ETag", ResourceTag.Of(found.ETag))
            : Reply.Refused(Refusal.ParticipantNotFound);
    }

    private async Task<Reply> RemoveAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (await rooms.FindAsync(call.Tenant, call.Route("room"), cancellationToken) is not { } room)
        {
            return Reply.Refused(Refusal.RoomNotFound);
        }

        var id = room.Value.Id;
        if (await FindAsync(id, call.Route("participant"), cancellationToken) is not { } found)
        {
            return Reply.Refused(Refusal.ParticipantNotFound);
        }

        if (call.CheckIfMatch(ResourceTag.Of(found.ETag), required: false) is var changed and not Refusal.None)
        {
            return Reply.Refused(changed);
        }

        List<OutgoingMessage> messages = [];
        var placement = await rooms.FindPlacementAsync(id, cancellationToken);
        if (placement?.Value is { Vacant: false } where)
        {
            ClosePeer order = new(id, where.Shard, where.Epoch, found.Value.Session, LeaveReason.Removed);
            messages.Add(orders.To(where.Worker, order, call.TraceParent));
        }

        var revoke = revocations.Revoke(found.Value.Identity);
        await outbox.CommitAsync(Tables.Rooms, id.Value, [revoke], messages, cancellationToken);
        return Reply.Empty(204);
    }

    // By id; else by identity, of which there may be several in a room: the first who joined.
    private async Task<Row<ParticipantRow>?> FindAsync(RoomId room, string who, CancellationToken cancellationToken)
    {
        var everybody = RowRange.Prefix(RoomRows.ParticipantPrefix);
        var rows = await ReadAsync(room, everybody, RoomLimits.Participants, cancellationToken);
        var joined = rows.Where(row => row.Value.Joined).ToList();
        return joined.Find(row => string.Equals(row.Value.Id.Value, who, StringComparison.Ordinal))
            ?? joined.Find(row => string.Equals(row.Value.Identity, who, StringComparison.Ordinal));
    }

    private async Task<IReadOnlyList<Row<ParticipantRow>>> ReadAsync(
        RoomId room,
        RowRange range,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var rows = await store.ListAsync(Tables.Rooms, room.Value, range, limit, cancellationToken);
        return [.. rows.Select(row => row.As(ParticipantsJsonContext.Default.ParticipantRow))];
    }

    private static ParticipantFunctions Of(IServiceProvider services) =>
        services.GetRequiredService<ParticipantFunctions>();
}

/// <summary>A participant as the API shows them.</summary>
internal sealed record ParticipantBody(
    ParticipantId Id,
    string Identity,
    string? Name,
    SessionId Session,
    DateTimeOffset JoinedAt,
    IReadOnlyList<TrackBody> Tracks
)
{
    public static ParticipantBody Of(ParticipantRow row) =>
        new(
            row.Id,
            row.Identity,
            row.Name,
            row.Session,
            row.JoinedAt,
            [
                .. row
                    .Tracks.Where(track => !track.Ended)
                    .Select(track => new TrackBody(track.Id, track.Kind, track.Source, track.Codec, track.PublishedAt)),
            ]
        );
}

/// <summary>A track of theirs.</summary>
internal sealed record TrackBody(
    TrackId Id,
    MediaKind Kind,
    TrackSource Source,
    string Codec,
    DateTimeOffset PublishedAt
);

/// <summary>A page of participants.</summary>
internal sealed record ParticipantList(IReadOnlyList<ParticipantBody> Data)
{
    public string? NextCursor { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcTimeConverter)]
)]
[JsonSerializable(typeof(ParticipantBody))]
[JsonSerializable(typeof(ParticipantList))]
internal sealed partial class ParticipantsApiContext : JsonSerializerContext;
