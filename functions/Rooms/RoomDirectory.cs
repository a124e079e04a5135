using System.Security.Cryptography;
using System.Text;
using EventMeet.Contracts;
using EventMeet.Functions.Events;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Rooms;

/// <summary>Finds a tenant's rooms by id or by name, and keeps names unique.</summary>
internal sealed class RoomDirectory(ITableStore store, Outbox outbox, EventRaiser events, TimeProvider clock)
{
    private const int LongestId = 64;
    private const string NamePrefix = "name|";

    // Between taking a name and making its room lie two writes; a process that died there must not keep the name.
    private static readonly TimeSpan ClaimGrace = TimeSpan.FromMinutes(1);

    /// <summary>Says whether text is a room's id by its looks; names may not look like that.</summary>
    public static bool IsId(string text) => text.StartsWith(RoomId.Prefix, StringComparison.Ordinal);

    /// <summary>Finds a room; null also when it belongs to another tenant.</summary>
    /// <param name="tenant">Who asks.</param>
    /// <param name="room">Id, or the name of a room that has not ended.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<Row<Room>?> FindAsync(TenantId tenant, string room, CancellationToken cancellationToken) =>
        await ResolveAsync(tenant, room, cancellationToken) is { } id
            ? await FindAsync(tenant, id, cancellationToken)
            : null;

    /// <summary>Says which room is meant, whether or not there is one; null when nobody has the name.</summary>
    /// <param name="tenant">Who asks.</param>
    /// <param name="room">Id, or the name of a room that has not ended.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<RoomId?> ResolveAsync(TenantId tenant, string room, CancellationToken cancellationToken)
    {
        if (room.Length is 0 or > RoomLimits.Name)
        {
            return null;
        }

        if (IsId(room))
        {
            return IsRowName(room) ? new RoomId(room) : null;
        }

        return (await FindNameAsync(tenant, room, cancellationToken))?.Value.Room;
    }

    /// <summary>Finds a room by id; null also when it belongs to another tenant.</summary>
    public async Task<Row<Room>?> FindAsync(TenantId tenant, RoomId room, CancellationToken cancellationToken)
    {
        var found = await FindAsync(room, cancellationToken);
        return found?.Value.Tenant == tenant ? found : null;
    }

    /// <summary>Finds a room by id, whoever owns it.</summary>
    public async Task<Row<Room>?> FindAsync(RoomId room, CancellationToken cancellationToken) =>
        IsRowName(room.Value)
            ? await store.FindAsync(
                Tables.Rooms,
                room.Value,
                RoomRows.Room,
                RoomsJsonContext.Default.Room,
                cancellationToken
            )
            : null;

    /// <summary>Finds where a room is; null when it was never placed.</summary>
    public Task<Row<RoomPlacement>?> FindPlacementAsync(RoomId room, CancellationToken cancellationToken) =>
        store.FindAsync(
            Tables.Rooms,
            room.Value,
            RoomRows.Placement,
            RoomsJsonContext.Default.RoomPlacement,
            cancellationToken
        );

    /// <summary>Reads a page of a tenant's rooms in order of making.</summary>
    /// <returns>The rooms, and whether there are more.</returns>
    public async Task<(IReadOnlyList<Row<Room>> Rooms, string? Last)> ListAsync(
        TenantId tenant,
        Page page,
        CancellationToken cancellationToken
    )
    {
        var range = page.After is null ? RowRange.Prefix(RoomId.Prefix) : RowRange.After(RoomId.Prefix, page.After);
        var listed = await store.ListAsync(Tables.Tenants, tenant.Value, range, page.Limit + 1, cancellationToken);
        var shown = listed.Take(page.Limit).Select(row => new RoomId(row.Name)).ToList();
        var rooms = await Task.WhenAll(shown.Select(room => FindAsync(tenant, room, cancellationToken)));
        // One that is listed and not there is being made at this moment, or its maker died.
        return ([.. rooms.OfType<Row<Room>>()], listed.Count > page.Limit ? shown[^1].Value : null);
    }

    /// <summary>Makes a room: listed and named first, so that no list misses what was announced.</summary>
    public async Task<Refusal> InsertAsync(Room room, string? traceParent, CancellationToken cancellationToken)
    {
        if (!await ListAndNameAsync(room, cancellationToken))
        {
            return Refusal.RoomNameTaken;
        }

        var insert = RowChange.Insert(RoomRows.Room, room, RoomsJsonContext.Default.Room);
        var raised = await events.RaiseAsync(room, [RoomHappenings.Created(room)], traceParent, cancellationToken);
        var written = await outbox.CommitAsync(
            Tables.Rooms,
            room.Id.Value,
            [.. raised.Changes, insert],
            raised.Messages,
            cancellationToken
        );
        return written.Committed ? Refusal.None : Refusal.ConcurrentChange;
    }

    /// <summary>Gives a room another name; the old one is free after <see cref="FreeNameAsync"/>.</summary>
    public Task<bool> TakeNameAsync(Room room, CancellationToken cancellationToken) =>
        TakeAsync(room, [], cancellationToken);

    /// <summary>Lets others have a name, if it is still this room's.</summary>
    public async Task FreeNameAsync(TenantId tenant, RoomId room, string? name, CancellationToken cancellationToken)
    {
        if (name is null)
        {
            return;
        }

        var known = await FindNameAsync(tenant, name, cancellationToken);
        if (known?.Value.Room == room)
        {
            var delete = RowChange.Delete(NameRow(name), known.ETag);
            await store.WriteAsync(Tables.Tenants, tenant.Value, [delete], cancellationToken);
        }
    }

    private async Task<bool> ListAndNameAsync(Room room, CancellationToken cancellationToken)
    {
        var type = RoomsJsonContext.Default.TenantRoom;
        var listed = RowChange.Insert(room.Id.Value, new TenantRoom(room.Id), type);
        if (room.Fields.Name is not null)
        {
            return await TakeAsync(room, [listed], cancellationToken);
        }

        return (await store.WriteAsync(Tables.Tenants, room.Tenant.Value, [listed], cancellationToken)).Committed;
    }

    private async Task<bool> TakeAsync(Room room, RowChange[] others, CancellationToken cancellationToken)
    {
        var name = room.Fields.Name!;
        RoomName claim = new(room.Id, name, clock.GetUtcNow());
        var type = RoomsJsonContext.Default.RoomName;
        var insert = RowChange.Insert(NameRow(name), claim, type);
        var tenant = room.Tenant.Value;
        if ((await store.WriteAsync(Tables.Tenants, tenant, [.. others, insert], cancellationToken)).Committed)
        {
            return true;
        }

        if (await FindNameAsync(room.Tenant, name, cancellationToken) is not { } known)
        {
            return false;
        }

        if (known.Value.Room == room.Id)
        {
            return true;
        }

        if (!await IsForfeitAsync(room.Tenant, known.Value, cancellationToken))
        {
            return false;
        }

        var replace = RowChange.Replace(NameRow(name), claim, known.ETag, type);
        return (await store.WriteAsync(Tables.Tenants, tenant, [.. others, replace], cancellationToken)).Committed;
    }

    private async Task<bool> IsForfeitAsync(TenantId tenant, RoomName known, CancellationToken cancellationToken)
    {
        var holder = await FindAsync(tenant, known.Room, cancellationToken);
        if (holder?.Value is { } room)
        {
            var renamed = !string.Equals(room.Fields.Name, known.Name, StringComparison.Ordinal);
            return room.State is RoomState.Ended || (renamed && IsOld(known));
        }

        return IsOld(known);
    }

    private bool IsOld(RoomName known) => clock.GetUtcNow() - known.At > ClaimGrace;

    private Task<Row<RoomName>?> FindNameAsync(TenantId tenant, string name, CancellationToken cancellationToken) =>
        store.FindAsync(
            Tables.Tenants,
            tenant.Value,
            NameRow(name),
            RoomsJsonContext.Default.RoomName,
            cancellationToken
        );

    // A hash, because a row's name may not hold every character that a room's name may.
    private static string NameRow(string name) =>
        NamePrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    private static bool IsRowName(string id) =>
        id.Length <= LongestId && id.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');
}
