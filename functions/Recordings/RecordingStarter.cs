using EventMeet.Contracts;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Recordings;

/// <summary>Starts recordings, on request or because a room's setting says so.</summary>
internal sealed class RecordingStarter(RoomDirectory rooms, RecordingStore recordings, IdSource ids, TimeProvider clock)
{
    private const int MostTries = 8;

    /// <summary>Starts one or says why not.</summary>
    /// <param name="id">Which room.</param>
    /// <param name="choice">What shall be recorded.</param>
    /// <param name="automatic">The room's setting wants it; then one is enough.</param>
    /// <param name="traceParent">The request behind it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<(Refusal Refusal, Row<Recording>? Recording)> StartAsync(
        RoomId id,
        RecordingChoice choice,
        bool automatic,
        string? traceParent,
        CancellationToken cancellationToken
    )
    {
        var recording = ids.New<RecordingId>();
        for (var tries = 0; tries < MostTries; tries++)
        {
            if (await rooms.FindAsync(id, cancellationToken) is not { } room)
            {
                return (Refusal.RoomNotFound, null);
            }

            if (automatic && !IsWanted(room.Value))
            {
                return (Refusal.None, null);
            }

            var now = clock.GetUtcNow();
            if (RefusalOf(room.Value, now) is var refusal and not Refusal.None)
            {
                return (refusal, null);
            }

            var step = RecordingDecider.Start(recording, room.Value, choice, automatic, now);
            if (await recordings.InsertAsync(step, room, traceParent, cancellationToken) is { } made)
            {
                return (Refusal.None, made);
            }
        }

        return (Refusal.ConcurrentChange, null);
    }

    /// <summary>Says whether a room's setting wants a recording to be started now.</summary>
    public static bool IsWanted(Room room) =>
        room
            is {
                State: RoomState.Live,
                ParticipantCount: > 0,
                AutomaticStarted: false,
                Fields.Recording.Policy: RecordingPolicy.Automatic,
            };

    private static Refusal RefusalOf(Room room, DateTimeOffset now) =>
        RoomDecider.At(room, now) switch
        {
            { State: RoomState.Ended } => Refusal.RoomEnded,
            { State: RoomState.Ending } => Refusal.RoomEnding,
            { State: RoomState.Scheduled } => Refusal.RoomNotOpenYet,
            { Fields.Recording.Policy: RecordingPolicy.Off } => Refusal.RecordingOff,
            { Recordings.Count: >= RecordingLimits.ActivePerRoom } => Refusal.TooManyRecordings,
            _ => Refusal.None,
        };
}
