using EventMeet.Contracts;
using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Recordings;

/// <summary>
/// Every decision about a composite's life: waiting → processing → completed, failed or canceled, once. Pure. The one that
/// was asked for with the recording ends the recording too.
/// </summary>
internal static class CompositeDecider
{
    private const double Whole = 100;

    /// <summary>Orders one.</summary>
    public static RecordingStep Order(
        Recording recording,
        CompositeId id,
        CompositeSpec spec,
        bool own,
        DateTimeOffset now
    )
    {
        Composite composite = new(id, CompositeState.Waiting, spec, now) { Own = own, LastSeenAt = now };
        return new RecordingStep(
            recording with
            {
                Composites = [.. recording.Composites, composite],
                UpdatedAt = now,
            }
        ).With(new ToAnyRecorder(CommandOf(recording, composite)));
    }

    /// <summary>A recorder is at it.</summary>
    public static RecordingStep Progressed(Recording recording, CompositeProgressed fact, DateTimeOffset now) =>
        Find(recording, fact.Composite) is { IsOver: false } known
            ? new RecordingStep(
                Put(
                    recording,
                    known with
                    {
                        State = CompositeState.Processing,
                        Worker = fact.Worker,
                        Percent = Math.Clamp(fact.Percent, 0, Whole),
                        LastSeenAt = now,
                    }
                )
            )
            : new RecordingStep(recording);

    /// <summary>A recorder's last word about it.</summary>
    public static RecordingStep Finished(Recording recording, CompositeFinished fact, DateTimeOffset now)
    {
        if (Find(recording, fact.Composite) is not { IsOver: false } known)
        {
            return new RecordingStep(recording);
        }

        var done = known with
        {
            State = fact.Fault is null ? CompositeState.Completed : CompositeState.Failed,
            Percent = fact.Fault is null ? Whole : known.Percent,
            Worker = fact.Worker,
            LastSeenAt = now,
            FinishedAt = now,
            Fault = fact.Fault,
            Files = fact.Fault is null ? fact.Files : [],
        };
        var added = recording with { Bytes = recording.Bytes + done.Files.Sum(file => file.Bytes) };
        return new RecordingStep(Complete(Put(added, done), done, now));
    }

    /// <summary>Ends it without a film; null when there is none of this id, and nothing changes when it is over.</summary>
    public static RecordingStep? Cancel(Recording recording, CompositeId id, DateTimeOffset now)
    {
        if (Find(recording, id) is not { } known)
        {
            return null;
        }

        if (known.IsOver)
        {
            return new RecordingStep(recording);
        }

        var canceled = known with { State = CompositeState.Canceled, FinishedAt = now };
        RecordingStep step = new(Complete(Put(recording, canceled), canceled, now));
        return known.Worker is { } worker
            ? step.With(new ToRecorder(worker, new CancelComposite(recording.Id, id)))
            : step;
    }

    /// <summary>Orders it again, because nobody has said anything about it for long.</summary>
    public static RecordingStep OrderAgain(Recording recording, Composite silent, DateTimeOffset now)
    {
        var again = silent with
        {
            State = CompositeState.Waiting,
            Worker = null,
            Orders = silent.Orders + 1,
            LastSeenAt = now,
        };
        // Whoever had it is not told: the word might overtake this order and end the new attempt.
        return new RecordingStep(Put(recording, again)).With(new ToAnyRecorder(CommandOf(recording, again)));
    }

    /// <summary>Gives it up.</summary>
    public static RecordingStep GiveUp(Recording recording, Composite silent, DateTimeOffset now)
    {
        var failed = silent with
        {
            State = CompositeState.Failed,
            FinishedAt = now,
            Fault = $"No recorder has finished it, though it was ordered {silent.Orders} times.",
        };
        return new RecordingStep(Complete(Put(recording, failed), failed, now));
    }

    /// <summary>Finds one; null when there is none.</summary>
    public static Composite? Find(Recording recording, CompositeId id) =>
        recording.Composites.FirstOrDefault(one => one.Id == id);

    // A film that was canceled is not missed; one that failed was promised.
    private static Recording Complete(Recording recording, Composite composite, DateTimeOffset now) =>
        recording.State is not RecordingState.Processing || !composite.Own ? recording
        : composite.State is CompositeState.Failed
            ? RecordingDecider.Over(
                recording,
                RecordingFailure.CompositeFailed,
                composite.Fault ?? "The composite could not be made.",
                now
            )
        : RecordingDecider.Over(recording, null, null, now);

    private static Recording Put(Recording recording, Composite composite) =>
        recording with
        {
            Composites = [.. recording.Composites.Select(one => one.Id == composite.Id ? composite : one)],
            UpdatedAt = composite.LastSeenAt > recording.UpdatedAt ? composite.LastSeenAt : recording.UpdatedAt,
        };

    private static MakeComposite CommandOf(Recording recording, Composite composite) =>
        new(recording.Tenant, recording.Room, recording.Id, recording.Folder, composite.Id, composite.Spec);
}
