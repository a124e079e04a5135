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

        var now = clock.GetUtcNow();
        var place = RecordingDecider.WantsMedia(found.Value, room.Value)
            ? await PlaceAsync(room.Value, cancellationToken)
            : null;
        var (answer, step) = RecordingDecider.Answer(found.Value, fact, room.Value, place?.Placement, NewRelay(), now);
        if (step.After == found.Value && step.Orders.Count == 0)
        {
            return true;
        }

        var change = answer is WantedAnswer.Feed ? place?.Change : null;
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

    // A recorder's wish puts a room somewhere, but never elsewhere while people are in it: their sessions would be left behind. A worker
    // that is only late with its heartbeat (bus or storage were away) is asked when it is heard of again: the recorder repeats
    // itself. From one that is gone, the first who comes back moves the room.
    private async Task<RoomPlace?> PlaceAsync(Room room, CancellationToken cancellationToken)
    {
        var place = await placer.FindAsync(room, cancellationToken);
        var moves = place is { Change: not null, Placement.Epoch: > 1 };
        return moves && room.ParticipantCount > 0 ? null : place;
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
