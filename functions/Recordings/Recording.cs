using System.Text.Json.Serialization;
using EventMeet.Contracts;
using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Recordings;

/// <summary>
/// A recording's durable record: table "rooms", partition its room's id, row <see cref="RecordingRows.Of"/>. Its files are
/// in rows of their own, because they are many and it changes every few seconds.
/// </summary>
internal sealed record Recording(
    RecordingId Id,
    TenantId Tenant,
    RoomId Room,
    RecordingState State,
    RecordingChoice Choice,
    DateTimeOffset CreatedAt
)
{
    /// <summary>Gets when it last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Gets whether the room's setting started it.</summary>
    public bool Automatic { get; init; }

    /// <summary>Gets the first media's time on the wall clock; null while there was none.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Gets when its end was asked for; null before.</summary>
    public DateTimeOffset? StoppingAt { get; init; }

    /// <summary>Gets the last media's time on the wall clock; null before it is known.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Gets when it was completed or failed; null before.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Gets when it was deleted; null before.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>Gets whether its files shall go as soon as it is over.</summary>
    public bool DeleteWanted { get; init; }

    /// <summary>Gets whether storage has none of its files any more.</summary>
    public bool FilesGone { get; init; }

    /// <summary>Gets why it ended, or shall end; null before.</summary>
    public RecordingEnd? End { get; init; }

    /// <summary>Gets why it failed; null unless it did.</summary>
    public RecordingFailure? Failure { get; init; }

    /// <summary>Gets the same in a sentence.</summary>
    public string? Fault { get; init; }

    /// <summary>Gets how long it is, pauses included, in milliseconds.</summary>
    public long DurationMs { get; init; }

    /// <summary>Gets how many tracks were recorded.</summary>
    public int Tracks { get; init; }

    /// <summary>Gets the stored bytes, of all files together.</summary>
    public long Bytes { get; init; }

    /// <summary>Gets what is recorded and not yet stored, in bytes.</summary>
    public long UnsentBytes { get; init; }

    /// <summary>Gets how many files it left, those of composites not counted.</summary>
    public int FileCount { get; init; }

    /// <summary>Gets which recorder has it; null before one took it.</summary>
    public WorkerId? Worker { get; init; }

    /// <summary>Gets how many recorders have had it.</summary>
    public int Take { get; init; }

    /// <summary>Gets when a recorder last said anything about it.</summary>
    public DateTimeOffset? LastSeenAt { get; init; }

    /// <summary>Gets when its progress was last told to the tenant.</summary>
    public DateTimeOffset? ProgressToldAt { get; init; }

    /// <summary>Gets over which relay the media comes; null before the first.</summary>
    public RecordingRelay? Relay { get; init; }

    /// <summary>Gets since when nobody is in the room who was there before; null while somebody is.</summary>
    public DateTimeOffset? EmptySince { get; init; }

    /// <summary>Gets whether anybody was in the room since it began.</summary>
    public bool Attended { get; init; }

    /// <summary>Gets the films made from it, oldest first.</summary>
    public IReadOnlyList<Composite> Composites { get; init; } = [];

    /// <summary>Gets when somebody must look at it again; see <see cref="RecordingWatch"/>.</summary>
    public DateTimeOffset? WatchAt { get; init; }

    /// <summary>Gets where its files are in the container.</summary>
    [JsonIgnore]
    public string Folder => $"{Tenant}/{Room}/{Id}";

    /// <summary>Gets whether media may still be recorded.</summary>
    [JsonIgnore]
    public bool IsActive =>
        State
            is RecordingState.Starting
                or RecordingState.Recording
                or RecordingState.Paused
                or RecordingState.Stopping;

    /// <summary>Gets whether its one terminal event was told.</summary>
    [JsonIgnore]
    public bool IsOver => State is RecordingState.Completed or RecordingState.Failed or RecordingState.Deleted;
}

/// <summary>Where a recording is in its life; <see cref="RecordingDecider"/> draws it.</summary>
internal enum RecordingState
{
    [JsonStringEnumMemberName("starting")]
    Starting,

    [JsonStringEnumMemberName("recording")]
    Recording,

    [JsonStringEnumMemberName("paused")]
    Paused,

    [JsonStringEnumMemberName("stopping")]
    Stopping,

    [JsonStringEnumMemberName("processing")]
    Processing,

    [JsonStringEnumMemberName("completed")]
    Completed,

    [JsonStringEnumMemberName("failed")]
    Failed,

    [JsonStringEnumMemberName("deleted")]
    Deleted,
}

/// <summary>Why a recording failed.</summary>
internal enum RecordingFailure
{
    [JsonStringEnumMemberName("no_recorder")]
    NoRecorder,

    [JsonStringEnumMemberName("recorder_lost")]
    RecorderLost,

    [JsonStringEnumMemberName("relay_failed")]
    RelayFailed,

    [JsonStringEnumMemberName("storage_failed")]
    StorageFailed,

    [JsonStringEnumMemberName("verification_failed")]
    VerificationFailed,

    /// <summary>The tracks are there, but the film that was asked for with the recording could not be made.</summary>
    [JsonStringEnumMemberName("composite_failed")]
    CompositeFailed,

    /// <summary>The recorder says so, for no reason that has a name.</summary>
    [JsonStringEnumMemberName("recorder_failed")]
    RecorderFailed,
}

/// <summary>A relay as the row remembers it; its keys are known to its two ends alone.</summary>
/// <param name="Id">Which relay.</param>
/// <param name="Worker">The SFU worker that sends.</param>
/// <param name="Shard">On which of its shards.</param>
/// <param name="Epoch">Under which placement.</param>
/// <param name="WantedAt">The recorder's time of the request that it answers.</param>
/// <param name="OpenedAt">When it was ordered.</param>
/// <param name="Attempt">How many were ordered since media last came, this one included.</param>
internal sealed record RecordingRelay(
    RelayId Id,
    WorkerId Worker,
    int Shard,
    long Epoch,
    DateTimeOffset WantedAt,
    DateTimeOffset OpenedAt,
    int Attempt
);

/// <summary>A film made from a recording.</summary>
internal sealed record Composite(CompositeId Id, CompositeState State, CompositeSpec Spec, DateTimeOffset CreatedAt)
{
    /// <summary>Gets whether the recording waits for it.</summary>
    public bool Own { get; init; }

    /// <summary>Gets how much of it is done, 0 to 100.</summary>
    public double Percent { get; init; }

    /// <summary>Gets which recorder makes it; null before one took it.</summary>
    public WorkerId? Worker { get; init; }

    /// <summary>Gets when it was ordered, or a recorder last said anything about it.</summary>
    public DateTimeOffset LastSeenAt { get; init; }

    /// <summary>Gets how often it was ordered.</summary>
    public int Orders { get; init; } = 1;

    /// <summary>Gets when it was over; null before.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Gets what went wrong, in a sentence; null when nothing did.</summary>
    public string? Fault { get; init; }

    /// <summary>Gets the film and what goes with it.</summary>
    public IReadOnlyList<RecordedFile> Files { get; init; } = [];

    /// <summary>Gets whether nothing more will become of it.</summary>
    [JsonIgnore]
    public bool IsOver => State is not (CompositeState.Waiting or CompositeState.Processing);
}

/// <summary>Where a composite is in its life.</summary>
internal enum CompositeState
{
    /// <summary>No recorder has taken it yet.</summary>
    [JsonStringEnumMemberName("waiting")]
    Waiting,

    [JsonStringEnumMemberName("processing")]
    Processing,

    [JsonStringEnumMemberName("completed")]
    Completed,

    [JsonStringEnumMemberName("failed")]
    Failed,

    [JsonStringEnumMemberName("canceled")]
    Canceled,
}
