using System.Globalization;
using EventMeet.Contracts;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Rooms;

/// <summary>
/// Remembers when somebody must look at a room without being asked (table "deadlines", row "time|room"), so that no room
/// stays live or ending for ever. A row counts only while the room says the same time: older ones are dropped unread.
/// </summary>
internal sealed class RoomWatch(ITableStore store)
{
    private const string Partition = "rooms";
    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";
    private const int MostAtOnce = 200;

    /// <summary>Files the room's next look before the room itself is saved with it.</summary>
    /// <returns>The room with its next look in it.</returns>
    public async Task<Room> SetAsync(Room room, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (RoomDecider.NextLook(room, now) is not { } next)
        {
            return room with { WatchAt = null };
        }

        // Whole seconds: the row's name has no more.
        var at = DateTimeOffset.FromUnixTimeSeconds(next.ToUnixTimeSeconds() + 1);
        var put = RowChange.Put(RowName(at, room.Id), new TenantRoom(room.Id), RoomsJsonContext.Default.TenantRoom);
        await store.WriteAsync(Tables.Deadlines, Partition, [put], cancellationToken);
        return room with { WatchAt = at };
    }

    /// <summary>Reads what is due.</summary>
    public async Task<IReadOnlyList<DueRoom>> DueAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        RowRange range = new("0", TimeText(now.AddSeconds(1)));
        var rows = await store.ListAsync(Tables.Deadlines, Partition, range, MostAtOnce, cancellationToken);
        return [.. rows.Select(row => new DueRoom(row.Name, row.As(RoomsJsonContext.Default.TenantRoom).Value.Room))];
    }

    /// <summary>Says whether a row is the room's present one.</summary>
    public static bool IsCurrent(DueRoom due, Room room) =>
        room.WatchAt is { } at && string.Equals(due.Row, RowName(at, room.Id), StringComparison.Ordinal);

    /// <summary>Drops a row.</summary>
    public Task DoneAsync(DueRoom due, CancellationToken cancellationToken) =>
        store.WriteAsync(Tables.Deadlines, Partition, [RowChange.Delete(due.Row)], cancellationToken);

    private static string RowName(DateTimeOffset at, RoomId room) => $"{TimeText(at)}|{room}";

    private static string TimeText(DateTimeOffset at) =>
        at.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
}

/// <summary>A room that somebody must look at.</summary>
internal readonly record struct DueRoom(string Row, RoomId Room);
