using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Recordings;

/// <summary>
/// Starts and ends recordings as their rooms come and go. Looks at what the room is now and not at what a fact says, so that
/// facts may come twice and in any order.
/// </summary>
internal sealed partial class RecordingRooms(
    ITableStore store,
    RoomDirectory rooms,
    RecordingStore recordings,
    RecordingStarter starter,
    TimeProvider clock,
    ILogger<RecordingRooms> logger
)
{
    private const int MostTries = 8;

    /// <summary>Handles the facts about who is where among a batch of events; comes after those who count participants.</summary>
    public async Task HandleAsync(IReadOnlyList<WorkerEvent> events, CancellationToken cancellationToken)
    {
        var changed = events
            .OfType<RoomEvent>()
            .Where(fact => fact is ParticipantJoined or ParticipantLeft or RoomEmptied)
            .Select(fact => fact.Room)
            .Distinct();
        foreach (var room in changed)
        {
            await LookAsync(room, cancellationToken);
        }
    }

    /// <summary>Looks at one room.</summary>
    public async Task LookAsync(RoomId id, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            if (await rooms.FindAsync(id, cancellationToken) is not { } room)
            {
                return;
            }

            foreach (var recording in room.Value.Recordings)
            {
                await recordings.ChangeAsync(
                    id,
                    recording,
                    known => RecordingDecider.RoomChanged(known, room.Value, clock.GetUtcNow()),
                    traceParent: null,
                    cancellationToken
                );
            }

            if (RecordingStarter.IsWanted(room.Value))
            {
                await StartAsync(room.Value, cancellationToken);
                return;
            }

            // The next ones who meet here are recorded again.
            if (
                room.Value is not { AutomaticStarted: true, ParticipantCount: 0, Recordings.Count: 0 }
                || await ResetAsync(room, cancellationToken)
            )
            {
                return;
            }
        }
    }

    private async Task StartAsync(Room room, CancellationToken cancellationToken)
    {
        var choice = room.Fields.Recording!.Choice;
        var (refusal, made) = await starter.StartAsync(room.Id, choice, automatic: true, null, cancellationToken);
        if (made is not null)
        {
            StartedByRoom(logger, room.Id.Value, made.Value.Id.Value);
        }
        else if (refusal is not Refusal.None)
        {
            NotStarted(logger, room.Id.Value, refusal);
        }
    }

    private async Task<bool> ResetAsync(Row<Room> room, CancellationToken cancellationToken)
    {
        var reset = room.Value with { AutomaticStarted = false };
        var replace = RowChange.Replace(RoomRows.Room, reset, room.ETag, RoomsJsonContext.Default.Room);
        return (await store.WriteAsync(Tables.Rooms, reset.Id.Value, [replace], cancellationToken)).Committed;
    }

    [LoggerMessage(2603, LogLevel.Information, "Room {Room} is recorded by its own setting: {Recording}")]
    private static partial void StartedByRoom(ILogger logger, string room, string recording);

    [LoggerMessage(2604, LogLevel.Warning, "Room {Room} should be recorded by its own setting, but: {Refusal}")]
    private static partial void NotStarted(ILogger logger, string room, Refusal refusal);
}
