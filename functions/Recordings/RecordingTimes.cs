using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Recordings;

/// <summary>What becomes of a recording because time passes. Pure.</summary>
internal static class RecordingTimes
{
    /// <summary>How long the API still shows a recording whose files were deleted.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    private static readonly TimeSpan TakenWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LostAfter = TimeSpan.FromSeconds(60);

    // When no recorder at all is heard of, it is more likely the bus that is away than every recorder.
    private static readonly TimeSpan LostAfterSilence = TimeSpan.FromMinutes(10);

    // A long recording is verified byte by byte.
    private static readonly TimeSpan LostWhileStopping = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan StopAgainEvery = TimeSpan.FromSeconds(30);

    // Its recorder ends it at its time; this is for one whose clock or mind is gone.
    private static readonly TimeSpan Overtime = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(10);

    // A queue of films may be long; a film that was begun is told of every two seconds.
    private static readonly TimeSpan CompositeWaits = TimeSpan.FromHours(2);
    private static readonly TimeSpan CompositeSilent = TimeSpan.FromMinutes(5);
    private const int MostCompositeOrders = 4;

    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DeleteAgainEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SoonestLook = TimeSpan.FromSeconds(5);

    /// <summary>Shall its progress be told?</summary>
    public static bool IsProgressDue(Recording recording, DateTimeOffset now) =>
        now - (recording.ProgressToldAt ?? recording.StartedAt ?? now) >= ProgressEvery;

    /// <summary>Has its recorder been silent for so long that it must be lost, and nobody has taken over?</summary>
    /// <param name="recording">The recording.</param>
    /// <param name="recordersSpeak">Some recorder was heard of lately.</param>
    /// <param name="now">When.</param>
    public static bool IsLost(Recording recording, bool recordersSpeak, DateTimeOffset now) =>
        recording is { IsActive: true, LastSeenAt: { } seen, Worker: not null }
        && now - seen >= (recordersSpeak ? PatienceWith(recording) : LostAfterSilence);

    /// <summary>Looks at a recording that is due.</summary>
    /// <param name="recording">The recording.</param>
    /// <param name="recordersSpeak">Some recorder was heard of lately.</param>
    /// <param name="stored">What storage has of it, for one that <see cref="IsLost"/>.</param>
    /// <param name="now">When.</param>
    public static RecordingStep Look(
        Recording recording,
        bool recordersSpeak,
        IReadOnlyList<RecordedFile>? stored,
        DateTimeOffset now
    )
    {
        if (recording.IsActive)
        {
            return LookAtActive(recording, recordersSpeak, stored, now);
        }

        var step = new RecordingStep(recording);
        foreach (var composite in recording.Composites.Where(one => !one.IsOver))
        {
            if (now - composite.LastSeenAt >= PatienceWith(composite))
            {
                var next =
                    composite.Orders < MostCompositeOrders
                        ? CompositeDecider.OrderAgain(step.After, composite, now)
                        : CompositeDecider.GiveUp(step.After, composite, now);
                step = next.With(step.Orders);
            }
        }

        var over = step.After is { IsOver: true, State: not RecordingState.Deleted };
        return over && DeleteAt(step.After) <= now ? RecordingDecider.Delete(step.After, now).With(step.Orders) : step;
    }

    /// <summary>When somebody must look at it again without being asked; null when never.</summary>
    public static DateTimeOffset? NextLook(Recording recording, DateTimeOffset now)
    {
        List<DateTimeOffset?> times =
        [
            .. recording.Composites.Where(one => !one.IsOver).Select(one => one.LastSeenAt + PatienceWith(one)),
        ];
        if (recording.IsActive)
        {
            times.Add(
                recording.Worker is null
                    ? recording.CreatedAt + TakenWithin
                    : (recording.LastSeenAt ?? now) + PatienceWith(recording)
            );
            times.Add(recording.State is RecordingState.Stopping ? now + StopAgainEvery : EmptyUntil(recording));
        }
        else if (recording.State is RecordingState.Deleted)
        {
            times.Add(recording.FilesGone ? recording.DeletedAt + Remembered : now + DeleteAgainEvery);
        }
        else if (recording.IsOver)
        {
            times.Add(DeleteAt(recording));
        }

        var next = times.Min();
        return next < now + SoonestLook ? now + SoonestLook : next;
    }

    /// <summary>When its files go; null when they stay.</summary>
    public static DateTimeOffset? DeleteAt(Recording recording) =>
        recording.DeleteWanted ? recording.FinishedAt
        : recording.Choice.RetentionDays is { } days ? recording.FinishedAt?.AddDays(days)
        : null;

    private static RecordingStep LookAtActive(
        Recording recording,
        bool recordersSpeak,
        IReadOnlyList<RecordedFile>? stored,
        DateTimeOffset now
    )
    {
        if (recording.Worker is null)
        {
            return now - recording.CreatedAt >= TakenWithin
                ? Fail(recording, RecordingEnd.NoRecorder, RecordingFailure.NoRecorder, NobodyTookIt, now)
                : new RecordingStep(recording);
        }

        if (IsLost(recording, recordersSpeak, now))
        {
            var files = stored ?? [];
            var measured = recording with
            {
                EndedAt = recording.LastSeenAt,
                FileCount = files.Count,
                Tracks = files.Count(file => file.Kind is RecordedFileKind.Track),
                Bytes = files.Sum(file => file.Bytes),
            };
            const RecordingFailure why = RecordingFailure.RecorderLost;
            return Fail(measured, RecordingEnd.RecorderLost, why, NobodyTookOver, now) with { Files = files };
        }

        if (recording.State is RecordingState.Stopping)
        {
            StopRecording again = new(recording.Id, recording.End ?? RecordingEnd.Stopped);
            return new RecordingStep(recording).With(new ToRecorder(recording.Worker.Value, again));
        }

        var most = TimeSpan.FromSeconds(recording.Choice.MaxDurationSeconds) + Overtime;
        return EmptyUntil(recording) <= now ? RecordingDecider.Stop(recording, RecordingEnd.RoomEnded, now)
            : now - (recording.StartedAt ?? now) >= most
                ? RecordingDecider.Stop(recording, RecordingEnd.MaxDuration, now)
            : recording.State is RecordingState.Starting && now - recording.CreatedAt >= LongestStart
                ? RecordingDecider.Stop(recording, RecordingEnd.RelayFailed, now)
            : new RecordingStep(recording);
    }

    private const string NobodyTookIt = "No recorder has taken the recording within 30 s.";
    private const string NobodyTookOver =
        "The recorder was lost and no other has taken over; the files are what it had stored, unverified.";

    private static RecordingStep Fail(
        Recording recording,
        RecordingEnd end,
        RecordingFailure failure,
        string fault,
        DateTimeOffset now
    )
    {
        var closed = RecordingDecider.CloseRelay(recording);
        var over = RecordingDecider.Over(closed.After with { End = end }, failure, fault, now);
        return closed with { After = over };
    }

    private static TimeSpan PatienceWith(Recording recording) =>
        recording.State is RecordingState.Stopping ? LostWhileStopping : LostAfter;

    private static TimeSpan PatienceWith(Composite composite) =>
        composite.State is CompositeState.Waiting ? CompositeWaits : CompositeSilent;

    private static DateTimeOffset? EmptyUntil(Recording recording) =>
        recording.EmptySince + recording.Choice.GraceOf(recording.Automatic);
}
