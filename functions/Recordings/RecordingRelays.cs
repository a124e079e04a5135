using System.Security.Cryptography;
using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Placement;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Recordings;

/// <summary>
/// Answers recorders that want media: places the room if need be, makes the relay's keys, and tells both of its ends, in one
/// transaction. The keys are in these two messages and nowhere else.
/// </summary>
internal sealed partial class RecordingRelays(
    RoomDirectory rooms,
    RoomPlacer placer,
    RecordingStore recordings,
    RecorderOrders orders,
    Outbox outbox,
    IdSource ids,
    TimeProvider clock,
    ILogger<RecordingRelays> logger
)
{
    private const int MostTries = 12;

    // RFC 7714 section 12: an AES-128-GCM master key of 16 bytes and a salt of 12.
    private const int KeyBytes = 28;

    /// <summary>Answers one.</summary>
    /// <exception cref="StorageUnavailableException">Storage does not answer.</exception>
    public async Task HandleAsync(RelayWanted fact, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            if (await TryAnswerAsync(fact, cancellationToken))
            {
                return;
            }
        }

        throw new StorageUnavailableException($"Recording {fact.Recording} kept being changed by others.");
    }

    private async Task<bool> TryAnswerAsync(RelayWanted fact, CancellationToken cancellationToken)
    {
        var found = await recordings.FindAsync(fact.Room, fact.Recording, cancellationToken);
        var room = found is null ? null : await rooms.FindAsync(fact.Room, cancellationToken);
        if (found is null || room is null || fact.Addresses.Count == 0)
        {
            return await YieldAsync(fact, cancellationToken);
        }

        // A room that is over, or that everybody left, has nothing more to say.
        var now = clock.GetUtcNow();
        var checkedNow = RecordingDecider.RoomChanged(found.Value, room.Value, now);
        var recording = checkedNow.After;
        var place =
            recording.IsActive && recording.State is not RecordingState.Stopping
                ? await placer.FindAsync(room.Value, cancellationToken)
                : null;
        var answer = RecordingDecider.AnswerTo(recording, fact, place?.Placement, now);
        var (step, change) = answer switch
        {
            WantedAnswer.Feed when place is not null => (
                RecordingDecider.Feed(recording, fact, room.Value, place.Placement, NewRelay(), now),
                place.Change
            ),
            // No shard is live: the recorder asks again.
            WantedAnswer.Feed => (RecordingDecider.Take(recording, fact, now), null),
            WantedAnswer.Stop => (Stop(recording, fact, now), null),
            WantedAnswer.Yield => (
                new RecordingStep(recording).With(new ToRecorder(fact.Worker, new YieldRecording(fact.Recording))),
                null
            ),
            _ => (new RecordingStep(recording), null),
        };
        step = step with { Orders = [.. checkedNow.Orders, .. step.Orders] };
        if (step.After == found.Value && step.Orders.Count == 0)
        {
            return true;
        }

        IReadOnlyList<RowChange> more = change is null ? [] : [change];
        if (await recordings.TryCommitAsync(found, step, more, traceParent: null, cancellationToken) is null)
        {
            return false;
        }

        if (place is not null && change is not null)
        {
            placer.HandlePlaced(place);
        }

        Answered(logger, fact.Recording.Value, fact.Worker.Value, fact.Take, answer);
        return true;
    }

    private static RecordingStep Stop(Recording recording, RelayWanted fact, DateTimeOffset now)
    {
        StopRecording stop = new(recording.Id, recording.End ?? RecordingEnd.Stopped);
        var taken = recording.IsActive ? RecordingDecider.Take(recording, fact, now) : new RecordingStep(recording);
        return taken.With(new ToRecorder(fact.Worker, stop));
    }

    private async Task<bool> YieldAsync(RelayWanted fact, CancellationToken cancellationToken)
    {
        ToRecorder yield = new(fact.Worker, new YieldRecording(fact.Recording));
        await outbox.CommitAsync(Tables.Rooms, fact.Room.Value, [], [orders.Wrap(yield, null)], cancellationToken);
        Answered(logger, fact.Recording.Value, fact.Worker.Value, fact.Take, WantedAnswer.Yield);
        return true;
    }

    private RelaySpec NewRelay() =>
        new(
            ids.New<RelayId>(),
            Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes)),
            Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes))
        );

    [LoggerMessage(2602, LogLevel.Information, "Recording {Recording}: {Worker} (take {Take}) wants media: {Answer}")]
    private static partial void Answered(
        ILogger logger,
        string recording,
        string worker,
        int take,
        WantedAnswer answer
    );
}
