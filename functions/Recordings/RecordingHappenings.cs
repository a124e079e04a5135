using EventMeet.Contracts.Messages;
using EventMeet.Functions.Events;

namespace EventMeet.Functions.Recordings;

/// <summary>What a tenant shall hear of when a recording changes. Pure. Taken from before and after, so it is told once.</summary>
internal static class RecordingHappenings
{
    /// <summary>What lies between two states of a recording.</summary>
    /// <param name="before">What was.</param>
    /// <param name="after">What shall be.</param>
    /// <param name="files">The recording's own files, for one that is over now.</param>
    public static IReadOnlyList<Happening> Of(Recording before, Recording after, IReadOnlyList<RecordedFile> files)
    {
        List<Happening> happenings = [];
        if (before.StartedAt is null && after.StartedAt is { } started)
        {
            happenings.Add(Make(EventTypes.RecordingStarted, started, after));
        }

        if (before.State != after.State && IsPauseOrResume(before.State, after.State))
        {
            var paused = after.State is RecordingState.Paused;
            happenings.Add(
                Make(paused ? EventTypes.RecordingPaused : EventTypes.RecordingResumed, after.UpdatedAt, after)
            );
        }

        if (before.ProgressToldAt != after.ProgressToldAt && after.ProgressToldAt is { } progressed)
        {
            happenings.Add(Make(EventTypes.RecordingProgressed, progressed, after));
        }

        happenings.AddRange(after.Composites.SelectMany(composite => Of(before, after, composite)));
        if (!before.IsOver && after.IsOver && after.FinishedAt is { } finished)
        {
            var failed = after.Failure is not null;
            happenings.Add(
                Make(failed ? EventTypes.RecordingFailed : EventTypes.RecordingCompleted, finished, after) with
                {
                    // The film first: it is what most wait for.
                    Files = after.DeleteWanted
                        ? []
                        :
                        [
                            .. after.Composites.SelectMany(one => one.Files.Select(file => EventFile.Of(file, one.Id))),
                            .. files.Select(file => EventFile.Of(file, composite: null)),
                        ],
                }
            );
        }

        if (before.State is not RecordingState.Deleted && after is { DeletedAt: { } deleted })
        {
            happenings.Add(Make(EventTypes.RecordingDeleted, deleted, after));
        }

        return happenings;
    }

    private static IEnumerable<Happening> Of(Recording before, Recording after, Composite composite)
    {
        var known = before.Composites.FirstOrDefault(one => one.Id == composite.Id);
        if (composite is not { IsOver: true, FinishedAt: { } finished } || known is { IsOver: true })
        {
            return [];
        }

        var completed = composite.State is CompositeState.Completed;
        return
        [
            Make(completed ? EventTypes.CompositeCompleted : EventTypes.CompositeFailed, finished, after) with
            {
                Composite = EventComposite.Of(composite),
                Files = [.. composite.Files.Select(file => EventFile.Of(file, composite.Id))],
            },
        ];
    }

    private static bool IsPauseOrResume(RecordingState before, RecordingState after) =>
        (before, after)
            is
                (RecordingState.Recording, RecordingState.Paused)
                or
                (RecordingState.Paused, RecordingState.Recording);

    private static Happening Make(string type, DateTimeOffset at, Recording recording) =>
        new(type, at) { Recording = EventRecording.Of(recording) };
}

/// <summary>A recording as events show it.</summary>
internal sealed record EventRecording(
    Contracts.RecordingId Id,
    RecordingState State,
    RecordingMode Mode,
    bool Automatic,
    string? StartedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    long DurationMs,
    long Bytes,
    int Tracks,
    RecordingEnd? EndReason,
    RecordingFailure? FailureReason,
    string? Fault
)
{
    public static EventRecording Of(Recording recording) =>
        new(
            recording.Id,
            recording.State,
            recording.Choice.Mode,
            recording.Automatic,
            recording.Choice.StartedBy,
            recording.CreatedAt,
            recording.StartedAt,
            recording.EndedAt,
            recording.DurationMs,
            recording.Bytes,
            recording.Tracks,
            recording.End,
            recording.Failure,
            recording.Fault
        );
}

/// <summary>A composite as events show it.</summary>
internal sealed record EventComposite(
    Contracts.CompositeId Id,
    CompositeState State,
    CompositeLayout Layout,
    CompositeFormat Format,
    string? Fault
)
{
    public static EventComposite Of(Composite composite) =>
        new(composite.Id, composite.State, composite.Spec.Layout, composite.Spec.Format, composite.Fault);
}
