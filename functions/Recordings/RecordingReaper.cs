using EventMeet.Contracts.Messages;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Recordings;

/// <summary>
/// Looks at recordings that are due (<see cref="RecordingWatch"/>): those that nobody took, whose recorder is lost, whose
/// composite nobody makes, whose room is over, whose time to be deleted has come.
/// </summary>
internal sealed partial class RecordingReaper(
    RecordingWatch watch,
    RecordingStore recordings,
    RoomDirectory rooms,
    RecorderDirectory recorders,
    IRecordingStorage storage,
    TimeProvider clock,
    ILogger<RecordingReaper> logger
)
{
    private const int MostTries = 8;

    // After a pause of the functions, what recorders said meanwhile is still being handled.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(15);

    private readonly DateTimeOffset _startedAt = clock.GetUtcNow();

    /// <summary>Looks at everything that is due.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (clock.GetUtcNow() - _startedAt < Settling)
        {
            return;
        }

        foreach (var due in await watch.DueAsync(clock.GetUtcNow(), cancellationToken))
        {
            await LookAsync(due, cancellationToken);
            await watch.DoneAsync(due, cancellationToken);
        }
    }

    private async Task LookAsync(DueRecording due, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            var (room, id) = (due.Recording.Room, due.Recording.Recording);
            if (
                await recordings.FindAsync(room, id, cancellationToken) is not { } found
                || !RecordingWatch.IsCurrent(due, found.Value)
            )
            {
                return;
            }

            if (found.Value is { State: RecordingState.Deleted, FilesGone: true })
            {
                await recordings.ForgetAsync(found.Value, cancellationToken);
                return;
            }

            var step = await DecideAsync(found.Value, cancellationToken);
            // Unchanged too: its next look is filed with it.
            if (await recordings.TryCommitAsync(found, step, [], traceParent: null, cancellationToken) is { } saved)
            {
                await DeleteFilesAsync(saved.Value, cancellationToken);
                return;
            }
        }
    }

    private async Task<RecordingStep> DecideAsync(Recording recording, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        RecordingStep step = new(recording);
        if (recording.IsActive && await rooms.FindAsync(recording.Room, cancellationToken) is { } room)
        {
            step = RecordingDecider.RoomChanged(recording, room.Value, now);
        }

        var speak = await recorders.IsBusAliveAsync(cancellationToken);
        IReadOnlyList<RecordedFile>? stored = null;
        if (RecordingTimes.IsLost(step.After, speak, now))
        {
            RecorderLost(logger, recording.Id.Value, recording.Worker?.Value ?? "none");
            stored = await storage.ListAsync(recording.Folder, cancellationToken);
        }

        return RecordingTimes.Look(step.After, speak, stored, now).With(step.Orders);
    }

    private async Task DeleteFilesAsync(Recording recording, CancellationToken cancellationToken)
    {
        if (recording is not { State: RecordingState.Deleted, FilesGone: false })
        {
            return;
        }

        try
        {
            await recordings.DeleteFilesAsync(recording, cancellationToken);
        }
        catch (StorageUnavailableException e)
        {
            FilesStay(logger, recording.Id.Value, e);
        }
    }

    [LoggerMessage(2605, LogLevel.Warning, "Recording {Recording} is given up: recorder {Worker} is lost")]
    private static partial void RecorderLost(ILogger logger, string recording, string worker);

    [LoggerMessage(2606, LogLevel.Warning, "The files of recording {Recording} could not be deleted yet")]
    private static partial void FilesStay(ILogger logger, string recording, Exception e);
}
