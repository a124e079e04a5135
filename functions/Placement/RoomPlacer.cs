using System.Collections.Concurrent;
using System.Security.Cryptography;
using EventMeet.Contracts;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Storage;
using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Placement;

/// <summary>
/// Finds where a room is, or chooses where it shall be. Nothing is written here: the choice comes with the change that
/// makes it true, for the same transaction as what follows from it. When that transaction fails, somebody else was
/// faster: choose again and find their choice.
/// </summary>
internal sealed class RoomPlacer(
    RoomDirectory rooms,
    WorkerDirectory workers,
    IOptions<PlacementOptions> options,
    TimeProvider clock
)
{
    private readonly ConcurrentDictionary<(WorkerId Worker, int Shard), PlacedLately> _lately = new();

    /// <summary>Finds or chooses a room's shard; null when no worker is live.</summary>
    /// <param name="room">Which room, and in which region it shall be.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="StorageUnavailableException">Storage does not answer.</exception>
    public async Task<RoomPlace?> FindAsync(Room room, CancellationToken cancellationToken) =>
        await FindAsync(room, await rooms.FindPlacementAsync(room.Id, cancellationToken), cancellationToken);

    /// <summary>Finds or chooses a room's shard, its placement being read already; null when no worker is live.</summary>
    /// <param name="room">Which room, and in which region it shall be.</param>
    /// <param name="row">Its placement; null when it was never placed.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="StorageUnavailableException">Storage does not answer.</exception>
    public async Task<RoomPlace?> FindAsync(Room room, Row<RoomPlacement>? row, CancellationToken cancellationToken)
    {
        var known = await workers.ListAsync(cancellationToken);
        var now = clock.GetUtcNow();
        if (PlacementDecider.Current(row?.Value, known, now) is { } current)
        {
            return new RoomPlace(current, row!.Value, Change: null);
        }

        if (
            PlacementDecider.Choose(room.Fields.Region, known, place => PendingOn(place).Rooms, now, Throw)
            is not { } place
        )
        {
            return null;
        }

        RoomPlacement next = new(place.Worker.Worker, place.Shard.Shard, (row?.Value.Epoch ?? 0) + 1, now);
        var type = RoomsJsonContext.Default.RoomPlacement;
        var change = row is null
            ? RowChange.Insert(RoomRows.Placement, next, type)
            : RowChange.Replace(RoomRows.Placement, next, row.ETag, type);
        return new RoomPlace(place, next, change);
    }

    /// <summary>Chooses where a session of the room goes: to its home, or to another shard of the worker when that is busy.</summary>
    /// <param name="room">Where the room is, or will be; the place where it will be has just been chosen for having little to do.</param>
    public RoomPlace Spread(RoomPlace room) =>
        room.Change is null
            ? room with
            {
                Place = PlacementDecider.Spread(room.Place, options.Value.SpreadAbove, PendingOn),
            }
            : room;

    /// <summary>Remembers that a new placement was written, so that the next room goes elsewhere.</summary>
    public void HandlePlaced(RoomPlace placed)
    {
        if (placed.Change is not null)
        {
            Note(placed.Place, new Pending(Rooms: 1, Sessions: 0));
        }
    }

    /// <summary>Remembers that a session was written, and the room's placement if that is new.</summary>
    public void HandleAdmitted(RoomPlace placed) =>
        Note(placed.Place, new Pending(placed.Change is null ? 0 : 1, Sessions: 1));

    private void Note(Place place, Pending more) =>
        _lately.AddOrUpdate(
            (place.Worker.Worker, place.Shard.Shard),
            _ => new PlacedLately(place.Worker.At, more),
            (_, before) =>
                before.Heartbeat == place.Worker.At
                    ? before with
                    {
                        Pending = new(before.Pending.Rooms + more.Rooms, before.Pending.Sessions + more.Sessions),
                    }
                    : new PlacedLately(place.Worker.At, more)
        );

    // Counted per heartbeat: the next one has them in its own figures.
    private Pending PendingOn(Place place) =>
        _lately.TryGetValue((place.Worker.Worker, place.Shard.Shard), out var lately)
        && lately.Heartbeat == place.Worker.At
            ? lately.Pending
            : default;

    private static double Throw() => RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue;

    private readonly record struct PlacedLately(DateTimeOffset Heartbeat, Pending Pending);
}

/// <summary>Where a room is, or will be once the change is written.</summary>
/// <param name="Place">The shard: the room's home, or where one session of it goes.</param>
/// <param name="Placement">The room's row.</param>
/// <param name="Change">What makes it true; null when it is so already.</param>
internal sealed record RoomPlace(Place Place, RoomPlacement Placement, RowChange? Change);
