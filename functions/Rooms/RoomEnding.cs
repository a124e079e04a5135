using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Events;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Rooms;

/// <summary>Ends a meeting for all.</summary>
internal sealed class RoomEnding(
    RoomDirectory rooms,
    RoomWatch watch,
    Outbox outbox,
    WorkerOrders orders,
    EventRaiser events,
    IEnumerable<RoomEndListener> listeners,
    TimeProvider clock
)
{
    private const int MostTries = 4;

    /// <summary>Ends a room: at once when it is nowhere, else when its shard has let it go.</summary>
    /// <returns>The room as it is now; null when others kept changing it.</returns>
    public async Task<Row<Room>?> EndAsync(RoomId id, string? traceParent, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            if (await rooms.FindAsync(id, cancellationToken) is not { } found)
            {
                return null;
            }

            var placement = await rooms.FindPlacementAsync(id, cancellationToken);
            var now = clock.GetUtcNow();
            var room = RoomDecider.End(found.Value, placement?.Value, now).Room!;
            if (room == found.Value)
            {
                return found;
            }

            List<RowChange> changes = [KeepPlacement(placement, now)];
            List<OutgoingMessage> messages = [];
            if (room.State is RoomState.Ending)
            {
                var (worker, shard, epoch) = (placement!.Value.Worker, placement.Value.Shard, placement.Value.Epoch);
                CloseRoom order = new(id, shard, epoch, LeaveReason.RoomEnded);
                messages.Add(orders.To(worker, order, traceParent));
                room = await watch.SetAsync(room, now, cancellationToken);
            }

            var happenings = RoomHappenings.Of(found.Value, room);
            var raised = await events.RaiseAsync(room, happenings, traceParent, cancellationToken);
            changes.AddRange(raised.Changes);
            messages.AddRange(raised.Messages);
            changes.Add(RowChange.Replace(RoomRows.Room, room, found.ETag, RoomsJsonContext.Default.Room));
            var commit = await outbox.CommitAsync(Tables.Rooms, id.Value, changes, messages, cancellationToken);
            if (commit.Committed)
            {
                if (room.State is RoomState.Ended)
                {
                    await rooms.FreeNameAsync(room.Tenant, id, room.Fields.Name, cancellationToken);
                }

                foreach (var listener in listeners)
                {
                    await listener(id, cancellationToken);
                }

                return new Row<Room>(room, commit.ETags[^1]);
            }
        }

        return null;
    }

    // Writing the placement back unchanged lets only one of two win who end the room and place it at the same time.
    private static RowChange KeepPlacement(Row<RoomPlacement>? placement, DateTimeOffset now)
    {
        var type = RoomsJsonContext.Default.RoomPlacement;
        return placement is null
            ? RowChange.Insert(RoomRows.Placement, RoomPlacement.Nowhere(now), type)
            : RowChange.Replace(RoomRows.Placement, placement.Value, placement.ETag, type);
    }
}

/// <summary>Hears that a room is ending or has ended; an area registers one in its setup.</summary>
internal delegate Task RoomEndListener(RoomId room, CancellationToken cancellationToken);
