using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Events;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Participants;

/// <summary>Keeps rooms and participants as the shards report them.</summary>
internal sealed partial class RoomFacts(
    ITableStore store,
    RoomDirectory rooms,
    RoomWatch watch,
    Outbox outbox,
    EventRaiser events,
    TimeProvider clock,
    ILogger<RoomFacts> logger
)
{
    // Instances that handle facts of one room at the same time take turns by ETag.
    private const int MostTries = 10;
    private const int MostRows = 1000;
    private const int MostChanges = 90;

    // The messages of one transaction have a limit, and each leaves with all their tracks.
    private const int MostHappenings = 50;

    /// <summary>Handles the facts about rooms among a batch of events.</summary>
    /// <exception cref="StorageUnavailableException">Storage does not answer: the batch must come again.</exception>
    public async Task HandleAsync(IReadOnlyList<WorkerEvent> events, CancellationToken cancellationToken)
    {
        var ordered = events.OfType<RoomEvent>().OrderBy(fact => fact.Epoch).ThenBy(fact => fact.Sequence);
        foreach (var fact in ordered)
        {
            await RetryAsync(fact.Room, () => TryHandleAsync(fact, cancellationToken));
        }
    }

    /// <summary>The shard does not speak for the room any more: everybody is gone, and whoever comes is placed anew.</summary>
    public Task AbandonAsync(RoomId room, long epoch, CancellationToken cancellationToken) =>
        RetryAsync(room, () => TryEmptyAsync(room, epoch, workerStopped: true, clock.GetUtcNow(), cancellationToken));

    /// <summary>Files the room's next look.</summary>
    public Task WatchAgainAsync(RoomId id, CancellationToken cancellationToken) =>
        RetryAsync(
            id,
            async () =>
            {
                if (await rooms.FindAsync(id, cancellationToken) is not { } found)
                {
                    return true;
                }

                var room = await watch.SetAsync(found.Value, clock.GetUtcNow(), cancellationToken);
                return await WriteAsync(room, [ReplaceRoom(room, found.ETag)], [], cancellationToken);
            }
        );

    private async Task<bool> TryHandleAsync(RoomEvent fact, CancellationToken cancellationToken)
    {
        if (await rooms.FindAsync(fact.Room, cancellationToken) is not { } found)
        {
            UnknownRoom(logger, fact.Room.Value, fact.GetType().Name);
            return true;
        }

        if (FactDecider.IsPast(found.Value, fact.Epoch))
        {
            return true;
        }

        if (fact is RoomEmptied)
        {
            var stopped = found.Value.StoppedEpoch == fact.Epoch;
            return await TryEmptyAsync(fact.Room, fact.Epoch, stopped, fact.At, cancellationToken);
        }

        if (fact.Epoch > found.Value.FactEpoch)
        {
            if (await TryAdvanceAsync(found, fact.Epoch, cancellationToken) is not { } advanced)
            {
                return false;
            }

            found = advanced;
        }

        return await TryApplyAsync(found, fact, cancellationToken);
    }

    private async Task<bool> TryApplyAsync(Row<Room> found, RoomEvent fact, CancellationToken cancellationToken)
    {
        if (ParticipantOf(fact) is not { } participant)
        {
            return true;
        }

        var partition = fact.Room.Value;
        var (name, departedName) = (RoomRows.ParticipantPrefix + participant, RoomRows.DepartedPrefix + participant);
        var known = await store.FindAsync(
            Tables.Rooms,
            partition,
            name,
            ParticipantsJsonContext.Default.ParticipantRow,
            cancellationToken
        );
        var departed = await store.FindAsync(
            Tables.Rooms,
            partition,
            departedName,
            ParticipantsJsonContext.Default.DepartedRow,
            cancellationToken
        );
        if (departed is { Value.Told: false } && fact is ParticipantJoined late)
        {
            return await TellLateAsync(found.Value, late, departed, cancellationToken);
        }

        var decision = FactDecider.Decide(found.Value, known?.Value, departed is not null, fact);
        List<RowChange> changes = [];
        if (decision.Participant is { } row)
        {
            var type = ParticipantsJsonContext.Default.ParticipantRow;
            changes.Add(
                known is null ? RowChange.Insert(name, row, type) : RowChange.Replace(name, row, known.ETag, type)
            );
        }

        if (decision.Departed is { } gone)
        {
            changes.Add(RowChange.Insert(departedName, gone, ParticipantsJsonContext.Default.DepartedRow));
            if (known is not null)
            {
                changes.Add(RowChange.Delete(name, known.ETag));
            }
        }

        if (decision.Room is { } room)
        {
            var watched =
                room.State is RoomState.Live && found.Value.State is not RoomState.Live
                    ? await watch.SetAsync(room, clock.GetUtcNow(), cancellationToken)
                    : room;
            changes.Add(ReplaceRoom(watched, found.ETag));
        }

        var happenings = ParticipantHappenings.Of(found.Value, known?.Value, fact, decision);
        return await WriteAsync(decision.Room ?? found.Value, changes, happenings, cancellationToken);
    }

    private Task<bool> TellLateAsync(
        Room room,
        ParticipantJoined late,
        Row<DepartedRow> departed,
        CancellationToken cancellationToken
    )
    {
        var told = RowChange.Replace(
            RoomRows.DepartedPrefix + late.Participant,
            departed.Value with
            {
                Told = true,
            },
            departed.ETag,
            ParticipantsJsonContext.Default.DepartedRow
        );
        var happenings = ParticipantHappenings.JoinedTooLate(late, departed.Value);
        return WriteAsync(room, [told], happenings, cancellationToken);
    }

    // A new epoch: the room is on another shard, and whoever was on the one before is not in it.
    private async Task<Row<Room>?> TryAdvanceAsync(Row<Room> found, long epoch, CancellationToken cancellationToken)
    {
        var room = found.Value;
        var present = await ListAsync(room.Id, RoomRows.ParticipantPrefix, cancellationToken);
        var type = ParticipantsJsonContext.Default.ParticipantRow;
        var old = present.Where(row => row.As(type).Value.Epoch < epoch);
        if (!await LeaveAsync(room, old, LeaveReason.WorkerStopping, clock.GetUtcNow(), cancellationToken))
        {
            return null;
        }

        var advanced = room with { FactEpoch = epoch, ParticipantCount = 0 };
        var replace = ReplaceRoom(advanced, found.ETag);
        var written = await store.WriteAsync(Tables.Rooms, room.Id.Value, [replace], cancellationToken);
        return written.Committed ? new Row<Room>(advanced, written.ETags[0]) : null;
    }

    private async Task<bool> TryEmptyAsync(
        RoomId id,
        long epoch,
        bool workerStopped,
        DateTimeOffset at,
        CancellationToken cancellationToken
    )
    {
        if (await rooms.FindAsync(id, cancellationToken) is not { } found)
        {
            return true;
        }

        var placement = await rooms.FindPlacementAsync(id, cancellationToken);
        if (placement is not null && placement.Value.Epoch > epoch)
        {
            return true; // it is elsewhere by now, and this is about where it was
        }

        var reason =
            found.Value.State is RoomState.Ending ? LeaveReason.RoomEnded
            : workerStopped ? LeaveReason.WorkerStopping
            : LeaveReason.ConnectionLost;
        var present = await ListAsync(id, RoomRows.ParticipantPrefix, cancellationToken);
        if (!await LeaveAsync(found.Value, present, reason, at, cancellationToken))
        {
            return false;
        }

        await DeleteAsync(id, await ListAsync(id, RoomRows.DepartedPrefix, cancellationToken), cancellationToken);
        var room = RoomDecider.Emptied(found.Value, workerStopped, at) with
        {
            FactEpoch = Math.Max(found.Value.FactEpoch, epoch),
            EmptiedEpoch = Math.Max(found.Value.EmptiedEpoch, epoch),
            WatchAt = null,
        };
        List<RowChange> changes = [ReplaceRoom(room, found.ETag)];
        if (placement is not null)
        {
            changes.Add(
                RowChange.Replace(
                    RoomRows.Placement,
                    placement.Value with
                    {
                        Vacant = true,
                    },
                    placement.ETag,
                    RoomsJsonContext.Default.RoomPlacement
                )
            );
        }

        if (!await WriteAsync(room, changes, RoomHappenings.Of(found.Value, room), cancellationToken))
        {
            return false;
        }

        if (room.State is RoomState.Ended)
        {
            await rooms.FreeNameAsync(room.Tenant, id, room.Fields.Name, cancellationToken);
        }

        return true;
    }

    private Task<IReadOnlyList<StoredRow>> ListAsync(RoomId room, string prefix, CancellationToken cancellationToken) =>
        store.ListAsync(Tables.Rooms, room.Value, RowRange.Prefix(prefix), MostRows, cancellationToken);

    // Whoever is still there when the room is let go was not reported to have left.
    private async Task<bool> LeaveAsync(
        Room room,
        IEnumerable<StoredRow> rows,
        LeaveReason reason,
        DateTimeOffset at,
        CancellationToken cancellationToken
    )
    {
        List<RowChange> changes = [];
        List<Happening> happenings = [];
        foreach (var row in rows)
        {
            var participant = row.As(ParticipantsJsonContext.Default.ParticipantRow).Value;
            List<Happening> left = [.. ParticipantHappenings.Left(participant, reason, at)];
            var full = happenings.Count + left.Count > MostHappenings || changes.Count == MostHappenings;
            if (full && !await WriteAsync(room, changes, happenings, cancellationToken))
            {
                return false;
            }

            if (full)
            {
                changes.Clear();
                happenings.Clear();
            }

            changes.Add(RowChange.Delete(row.Name, row.ETag));
            happenings.AddRange(left);
        }

        return await WriteAsync(room, changes, happenings, cancellationToken);
    }

    private async Task DeleteAsync(RoomId room, IEnumerable<StoredRow> rows, CancellationToken cancellationToken)
    {
        foreach (var chunk in rows.Chunk(MostChanges))
        {
            // One that another instance deleted first makes the chunk fail; what is left goes one by one.
            var changes = chunk.Select(row => RowChange.Delete(row.Name)).ToList();
            if (!(await store.WriteAsync(Tables.Rooms, room.Value, changes, cancellationToken)).Committed)
            {
                foreach (var change in changes)
                {
                    await store.WriteAsync(Tables.Rooms, room.Value, [change], cancellationToken);
                }
            }
        }
    }

    private async Task<bool> WriteAsync(
        Room room,
        IReadOnlyList<RowChange> changes,
        IReadOnlyList<Happening> happenings,
        CancellationToken cancellationToken
    )
    {
        var raised = await events.RaiseAsync(room, happenings, traceParent: null, cancellationToken);
        var commit = await outbox.CommitAsync(
            Tables.Rooms,
            room.Id.Value,
            [.. raised.Changes, .. changes],
            raised.Messages,
            cancellationToken
        );
        return commit.Committed;
    }

    private static RowChange ReplaceRoom(Room room, string etag) =>
        RowChange.Replace(RoomRows.Room, room, etag, RoomsJsonContext.Default.Room);

    private static ParticipantId? ParticipantOf(RoomEvent fact) =>
        fact switch
        {
            ParticipantJoined joined => joined.Participant,
            ParticipantLeft left => left.Participant,
            TrackPublished published => published.Participant,
            TrackUnpublished unpublished => unpublished.Participant,
            _ => null,
        };

    private static async Task RetryAsync(RoomId room, Func<Task<bool>> attempt)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            if (await attempt())
            {
                return;
            }
        }

        throw new StorageUnavailableException($"Room {room} kept being changed by others.");
    }

    [LoggerMessage(2401, LogLevel.Warning, "A worker reports {Fact} of room {Room}, which does not exist")]
    private static partial void UnknownRoom(ILogger logger, string room, string fact);
}
