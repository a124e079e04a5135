using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Rooms;

namespace EventMeet.Functions.Recordings;

/// <summary>
/// Every decision about a recording's life but its composites' (<see cref="CompositeDecider"/>) and those that time makes
/// (<see cref="RecordingTimes"/>). Pure. Whatever comes, however often and in whatever order: a recording is over once.
/// <code>
///             first media                  end asked            last word, film wanted            film made
/// starting ───────────────▶ recording ───────────────▶ stopping ──────────────────────▶ processing ─────────▶ completed
///    │                        ▲   │ pause                 │                                  │                    │
///    │ nobody took it         └───▼ resume                │ last word                        │ film failed        │ DELETE,
///    ▼                          paused                    ▼                                  ▼                    ▼ retention
///  failed ◀─────── recorder lost, storage failed ──── completed, failed                   failed ────────────▶ deleted
/// </code>
/// </summary>
internal static class RecordingDecider
{
    // A relay needs a command to the shard and a first packet; each one that brought nothing earns the next more patience.
    private static readonly TimeSpan RelayPatience = TimeSpan.FromSeconds(3);
    private const int MostPatience = 5;

    private const int MostAddresses = 8; // as OpenRelay says

    // Who was heard of this lately has the recording; another's last word about it is no longer of interest.
    private static readonly TimeSpan HeldFor = TimeSpan.FromSeconds(10);

    /// <summary>Starts a recording: an order to whichever recorder takes it first.</summary>
    public static RecordingStep Start(
        RecordingId id,
        Room room,
        RecordingChoice choice,
        bool automatic,
        DateTimeOffset now
    )
    {
        Recording recording = new(id, room.Tenant, room.Id, RecordingState.Starting, choice, now)
        {
            UpdatedAt = now,
            Automatic = automatic,
            Attended = room.ParticipantCount > 0,
        };
        StartRecording order = new(room.Tenant, room.Id, id, recording.Folder, choice.ToPlan());
        return new RecordingStep(recording).With(new ToAnyRecorder(order));
    }

    /// <summary>Ends it: at once when no recorder has it, else when its recorder has finished. Ending twice is no error.</summary>
    public static RecordingStep Stop(Recording recording, RecordingEnd reason, DateTimeOffset now)
    {
        if (!recording.IsActive || recording.State is RecordingState.Stopping)
        {
            return new RecordingStep(recording);
        }

        var stopping = recording with
        {
            State = RecordingState.Stopping,
            StoppingAt = now,
            End = reason,
            UpdatedAt = now,
        };
        // The relay ends with the recorder, which may still ask for packets that were lost.
        return recording.Worker is { } worker
            ? new RecordingStep(stopping).With(new ToRecorder(worker, new StopRecording(recording.Id, reason)))
            : new RecordingStep(Over(stopping, null, null, now));
    }

    /// <summary>Stops the media for a while; null when there is none to stop.</summary>
    public static RecordingStep? Pause(Recording recording, DateTimeOffset now) =>
        SetPaused(recording, RecordingState.Recording, RecordingState.Paused, now);

    /// <summary>Lets the media go on; null when it was not paused.</summary>
    public static RecordingStep? Resume(Recording recording, DateTimeOffset now) =>
        SetPaused(recording, RecordingState.Paused, RecordingState.Recording, now);

    /// <summary>Takes it away: ends it if need be, then deletes its files. Call it again once it is over.</summary>
    public static RecordingStep Delete(Recording recording, DateTimeOffset now)
    {
        if (recording.State is RecordingState.Deleted)
        {
            return new RecordingStep(recording);
        }

        if (recording.IsOver)
        {
            var running = recording.Composites.Where(one => !one.IsOver).Select(one => one.Id);
            var canceled = running.Aggregate(
                new RecordingStep(recording),
                (step, id) => CompositeDecider.Cancel(step.After, id, now)!.With(step.Orders)
            );
            return canceled with
            {
                After = canceled.After with { State = RecordingState.Deleted, DeletedAt = now, UpdatedAt = now },
            };
        }

        var wanted = recording with { DeleteWanted = true, UpdatedAt = now };
        return
            recording.State is RecordingState.Processing
            && recording.Composites.FirstOrDefault(one => one is { Own: true, IsOver: false }) is { } film
            ? CompositeDecider.Cancel(wanted, film.Id, now)!
            : Stop(wanted, RecordingEnd.Stopped, now);
    }

    /// <summary>Says whether a recorder that asks may get media, so that the room must be somewhere.</summary>
    public static bool WantsMedia(Recording recording, Room room) =>
        recording is { IsActive: true, State: not RecordingState.Stopping }
        && room.State is not (RoomState.Ending or RoomState.Ended);

    /// <summary>Answers a recorder that wants media.</summary>
    /// <param name="recording">The recording.</param>
    /// <param name="fact">What the recorder says.</param>
    /// <param name="room">Its room.</param>
    /// <param name="place">Where the room is or would be; null when nowhere.</param>
    /// <param name="relay">The relay that it gets, if it gets one.</param>
    /// <param name="now">When.</param>
    public static (WantedAnswer Answer, RecordingStep Step) Answer(
        Recording recording,
        RelayWanted fact,
        Room room,
        RoomPlacement? place,
        RelaySpec relay,
        DateTimeOffset now
    )
    {
        // A room that is over has nothing more to say.
        var first = RoomChanged(recording, room, now);
        var current = first.After;
        var answer = AnswerTo(current, fact, place, now);
        var step = answer switch
        {
            WantedAnswer.Feed when place is not null => Feed(current, fact, room, place, relay, now),
            // No shard is live: the recorder asks again.
            WantedAnswer.Feed => Take(current, fact, now),
            WantedAnswer.Stop => TakeAndStop(current, fact, now),
            WantedAnswer.Yield => new RecordingStep(current).With(
                new ToRecorder(fact.Worker, new YieldRecording(current.Id))
            ),
            _ => new RecordingStep(current),
        };
        return (answer, step with { Orders = [.. first.Orders, .. step.Orders] });
    }

    private static WantedAnswer AnswerTo(
        Recording recording,
        RelayWanted fact,
        RoomPlacement? place,
        DateTimeOffset now
    )
    {
        if (!recording.IsActive)
        {
            // What a lost recorder left can still become whole; what is over in any other way needs nobody.
            return recording is { State: RecordingState.Failed, Failure: RecordingFailure.RecorderLost }
                ? WantedAnswer.Stop
                : WantedAnswer.Yield;
        }

        if (fact.Take < recording.Take)
        {
            return WantedAnswer.Yield;
        }

        if (recording.State is RecordingState.Stopping)
        {
            return WantedAnswer.Stop;
        }

        if (recording.Relay is not { } relay || recording.Worker != fact.Worker)
        {
            return WantedAnswer.Feed;
        }

        var answered =
            fact.At <= relay.WantedAt || now - relay.OpenedAt < RelayPatience * Math.Min(relay.Attempt, MostPatience);
        // The room has moved: whoever was asked to send is not there any more.
        var moved = place is not null && (place.Worker, place.Epoch) != (relay.Worker, relay.Epoch);
        return answered && !moved ? WantedAnswer.Nothing : WantedAnswer.Feed;
    }

    private static RecordingStep TakeAndStop(Recording recording, RelayWanted fact, DateTimeOffset now)
    {
        StopRecording stop = new(recording.Id, recording.End ?? RecordingEnd.Stopped);
        var taken = recording.IsActive ? Take(recording, fact, now) : new RecordingStep(recording);
        return taken.With(new ToRecorder(fact.Worker, stop));
    }

    // The recorder that asks has the recording from now on; any other is told to let go.
    private static RecordingStep Take(Recording recording, RelayWanted fact, DateTimeOffset now)
    {
        var taken = recording with
        {
            Worker = fact.Worker,
            Take = Math.Max(recording.Take, fact.Take),
            LastSeenAt = now,
            UpdatedAt = now,
        };
        return recording.Worker is { } before && before != fact.Worker
            ? new RecordingStep(taken).With(new ToRecorder(before, new YieldRecording(recording.Id)))
            : new RecordingStep(taken);
    }

    // A relay for the recorder that asks; the one before is closed.
    private static RecordingStep Feed(
        Recording recording,
        RelayWanted fact,
        Room room,
        RoomPlacement place,
        RelaySpec relay,
        DateTimeOffset now
    )
    {
        var attempt = recording.Worker == fact.Worker ? (recording.Relay?.Attempt ?? 0) + 1 : 1;
        var taken = Take(recording, fact, now);
        var closed = CloseRelay(taken.After);
        OpenRelay open = new(
            room.Id,
            place.Shard,
            place.Epoch,
            room.ToSettings(),
            relay,
            [.. fact.Addresses.Take(MostAddresses)],
            recording.Choice.ToFilter(),
            new RecordingNotice(recording.Id, recording.Choice.StartedBy),
            Paused: recording.State is RecordingState.Paused
        );
        var port = fact.Addresses[0].UdpPort;
        return new RecordingStep(
            closed.After with
            {
                Relay = new(relay.Id, place.Worker, place.Shard, place.Epoch, fact.At, now, attempt),
            }
        ).With([
            .. taken.Orders,
            .. closed.Orders,
            new ToShard(place.Worker, open),
            new ToRecorder(fact.Worker, new FeedRecording(recording.Id, port, relay)),
        ]);
    }

    /// <summary>Media came.</summary>
    public static RecordingStep Started(Recording recording, RecordingStarted fact, DateTimeOffset now)
    {
        if (!recording.IsActive || fact.Take < recording.Take)
        {
            return new RecordingStep(recording);
        }

        return new RecordingStep(
            recording with
            {
                State = recording.State is RecordingState.Starting ? RecordingState.Recording : recording.State,
                StartedAt = recording.StartedAt ?? fact.At,
                Worker = fact.Worker,
                Take = fact.Take,
                LastSeenAt = now,
                UpdatedAt = now,
                Relay = recording.Relay is { } relay ? relay with { Attempt = 0 } : null,
            }
        );
    }

    /// <summary>It goes on.</summary>
    public static RecordingStep Progressed(Recording recording, RecordingProgressed fact, DateTimeOffset now)
    {
        if (!recording.IsActive || (recording.Worker is { } worker && worker != fact.Worker))
        {
            return new RecordingStep(recording);
        }

        var told = recording.State is RecordingState.Recording && RecordingTimes.IsProgressDue(recording, now);
        return new RecordingStep(
            recording with
            {
                Worker = fact.Worker,
                Take = Math.Max(1, recording.Take),
                LastSeenAt = now,
                UpdatedAt = now,
                DurationMs = Math.Max(recording.DurationMs, fact.DurationMs),
                Tracks = Math.Max(recording.Tracks, fact.Tracks),
                Bytes = Math.Max(recording.Bytes, fact.Bytes),
                UnsentBytes = fact.UnsentBytes,
                ProgressToldAt = told ? now : recording.ProgressToldAt,
            }
        );
    }

    /// <summary>Its recorder's last word.</summary>
    /// <param name="recording">The recording.</param>
    /// <param name="fact">What the recorder says.</param>
    /// <param name="film">The id of the composite, should one be made.</param>
    /// <param name="now">When.</param>
    public static RecordingStep Finished(
        Recording recording,
        RecordingFinished fact,
        CompositeId film,
        DateTimeOffset now
    )
    {
        if (recording is { State: RecordingState.Failed, Failure: RecordingFailure.RecorderLost })
        {
            // Told already, and that stands; but now its files are known for sure.
            return new RecordingStep(Measure(recording, fact) with { UpdatedAt = now }) { Files = fact.Files };
        }

        if (!recording.IsActive || IsHeldByAnother(recording, fact.Worker, now))
        {
            return new RecordingStep(recording);
        }

        var closed = CloseRelay(recording);
        var measured = Measure(closed.After, fact) with
        {
            UpdatedAt = now,
            LastSeenAt = now,
            Worker = fact.Worker,
            StoppingAt = recording.StoppingAt ?? now,
            End = fact.Reason,
        };
        if (FailureOf(fact) is { } failure)
        {
            var fault = fact.Fault ?? "The recorder gave up.";
            return new RecordingStep(Over(measured, failure, fault, now)) { Files = fact.Files }.With(closed.Orders);
        }

        if (recording.Choice.ToSpec() is { } spec && measured is { Tracks: > 0, DeleteWanted: false })
        {
            var waiting = measured with { State = RecordingState.Processing };
            var ordered = CompositeDecider.Order(waiting, film, spec, own: true, now);
            return (ordered with { Files = fact.Files }).With(closed.Orders);
        }

        return new RecordingStep(Over(measured, null, null, now)) { Files = fact.Files }.With(closed.Orders);
    }

    /// <summary>The room, or who is in it, has changed.</summary>
    public static RecordingStep RoomChanged(Recording recording, Room room, DateTimeOffset now) =>
        !recording.IsActive ? new RecordingStep(recording)
        : room.State is RoomState.Ending or RoomState.Ended ? Stop(recording, RecordingEnd.RoomEnded, now)
        : room.ParticipantCount > 0 ? new RecordingStep(recording with { Attended = true, EmptySince = null })
        : new RecordingStep(
            recording.Attended ? recording with { EmptySince = recording.EmptySince ?? now } : recording
        );

    /// <summary>Makes it over: completed, or failed when there is a failure.</summary>
    internal static Recording Over(Recording recording, RecordingFailure? failure, string? fault, DateTimeOffset now) =>
        recording with
        {
            State = failure is null ? RecordingState.Completed : RecordingState.Failed,
            Failure = failure,
            Fault = fault,
            EndedAt = recording.EndedAt ?? recording.StoppingAt ?? now,
            FinishedAt = now,
            UpdatedAt = now,
            UnsentBytes = 0,
            EmptySince = null,
        };

    /// <summary>Closes the relay, if there is one.</summary>
    internal static RecordingStep CloseRelay(Recording recording) =>
        recording.Relay is { } relay
            ? new RecordingStep(recording with { Relay = null }).With(
                new ToShard(relay.Worker, new CloseRelay(recording.Room, relay.Shard, relay.Epoch, relay.Id))
            )
            : new RecordingStep(recording);

    private static RecordingStep? SetPaused(
        Recording recording,
        RecordingState from,
        RecordingState to,
        DateTimeOffset now
    )
    {
        if (recording.State == to)
        {
            return new RecordingStep(recording);
        }

        if (recording.State != from)
        {
            return null;
        }

        RecordingStep step = new(recording with { State = to, UpdatedAt = now });
        return recording.Relay is { } relay
            ? step.With(
                new ToShard(
                    relay.Worker,
                    new UpdateRelay(recording.Room, relay.Shard, relay.Epoch, relay.Id, to is RecordingState.Paused)
                )
            )
            : step;
    }

    private static Recording Measure(Recording recording, RecordingFinished fact)
    {
        var started = recording.StartedAt ?? fact.StartedAt;
        return recording with
        {
            StartedAt = started,
            EndedAt = fact.EndedAt,
            DurationMs = started is { } from ? Math.Max(0, (long)(fact.EndedAt - from).TotalMilliseconds) : 0,
            Tracks = fact.Files.Count(file => file.Kind is RecordedFileKind.Track),
            Bytes = fact.Files.Sum(file => file.Bytes),
            FileCount = fact.Files.Count,
        };
    }

    private static bool IsHeldByAnother(Recording recording, WorkerId worker, DateTimeOffset now) =>
        recording.Worker is { } holder && holder != worker && now - recording.LastSeenAt < HeldFor;

    private static RecordingFailure? FailureOf(RecordingFinished fact) =>
        fact.Reason switch
        {
            RecordingEnd.NoRecorder => RecordingFailure.NoRecorder,
            RecordingEnd.StorageFailed => RecordingFailure.StorageFailed,
            RecordingEnd.RecorderLost => RecordingFailure.RecorderLost,
            RecordingEnd.RelayFailed => RecordingFailure.RelayFailed,
            RecordingEnd.VerificationFailed => RecordingFailure.VerificationFailed,
            _ => fact.Fault is null ? null : RecordingFailure.RecorderFailed,
        };
}
