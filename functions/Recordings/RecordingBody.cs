using System.Text.Json.Serialization;
using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Hosting;

namespace EventMeet.Functions.Recordings;

/// <summary>A recording as the API shows it.</summary>
internal sealed record RecordingBody(
    RecordingId Id,
    RoomId Room,
    RecordingState State,
    RecordingMode Mode,
    LayoutBody? Layout,
    CompositeFormat? Format,
    IReadOnlyList<string>? Include,
    IReadOnlyList<string>? Exclude,
    int MaxDurationSeconds,
    long MaxBytes,
    int? RetentionDays,
    int StopAfterSeconds,
    string? StartedBy,
    bool Automatic,
    long DurationMs,
    long Bytes,
    long UnsentBytes,
    int Tracks,
    int FileCount,
    IReadOnlyList<CompositeBody> Composites,
    RecordingEnd? EndReason,
    RecordingFailure? FailureReason,
    string? Fault,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? StoppingAt,
    DateTimeOffset? EndedAt,
    DateTimeOffset? FinishedAt,
    DateTimeOffset? DeleteAt,
    DateTimeOffset? DeletedAt,
    string Etag
)
{
    /// <summary>Gets what is not right, though nothing was refused; null when all is.</summary>
    public string? Warning { get; init; }

    public static RecordingBody Of(Recording recording, string etag)
    {
        var choice = recording.Choice;
        var spec = choice.ToSpec();
        return new RecordingBody(
            recording.Id,
            recording.Room,
            recording.State,
            choice.Mode,
            choice.Mode is RecordingMode.Composite ? LayoutBody.Of(spec!) : null,
            spec?.Format,
            choice.Include,
            choice.Exclude,
            choice.MaxDurationSeconds,
            choice.MaxBytes,
            choice.RetentionDays,
            (int)choice.GraceOf(recording.Automatic).TotalSeconds,
            choice.StartedBy,
            recording.Automatic,
            recording.DurationMs,
            recording.Bytes,
            recording.UnsentBytes,
            recording.Tracks,
            recording.FileCount + recording.Composites.Sum(one => one.Files.Count),
            [.. recording.Composites.Select(CompositeBody.Of)],
            recording.End,
            recording.Failure,
            recording.Fault,
            recording.CreatedAt,
            recording.UpdatedAt,
            recording.StartedAt,
            recording.StoppingAt,
            recording.EndedAt,
            recording.FinishedAt,
            recording.State is RecordingState.Deleted ? null : RecordingTimes.DeleteAt(recording),
            recording.DeletedAt,
            etag
        );
    }
}

/// <summary>Who is seen where.</summary>
internal sealed record LayoutBody(
    CompositeLayout Type,
    int Width,
    int Height,
    int FramesPerSecond,
    string Background,
    bool ShowNames
)
{
    public static LayoutBody Of(CompositeSpec spec) =>
        new(spec.Layout, spec.Width, spec.Height, spec.FramesPerSecond, spec.Background, spec.ShowNames);
}

/// <summary>A composite as the API shows it.</summary>
internal sealed record CompositeBody(
    CompositeId Id,
    CompositeState State,
    double Percent,
    LayoutBody? Layout,
    CompositeFormat Format,
    int FileCount,
    string? Fault,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FinishedAt
)
{
    public static CompositeBody Of(Composite composite) =>
        new(
            composite.Id,
            composite.State,
            Math.Round(composite.Percent, 1),
            composite.Spec.Format is CompositeFormat.M4a ? null : LayoutBody.Of(composite.Spec),
            composite.Spec.Format,
            composite.Files.Count,
            composite.Fault,
            composite.CreatedAt,
            composite.FinishedAt
        );
}

/// <summary>A room's setting as the API shows it.</summary>
internal sealed record RoomRecordingBody(
    RecordingPolicy Policy,
    RecordingMode Mode,
    LayoutBody? Layout,
    CompositeFormat? Format,
    IReadOnlyList<string>? Include,
    IReadOnlyList<string>? Exclude,
    int MaxDurationSeconds,
    long MaxBytes,
    int? RetentionDays,
    int? StopAfterSeconds,
    string? StartedBy
)
{
    public static RoomRecordingBody Of(RoomRecording? stored)
    {
        var setting = stored ?? new RoomRecording();
        var choice = setting.Choice;
        var spec = choice.ToSpec();
        return new RoomRecordingBody(
            setting.Policy,
            choice.Mode,
            choice.Mode is RecordingMode.Composite ? LayoutBody.Of(spec!) : null,
            spec?.Format,
            choice.Include,
            choice.Exclude,
            choice.MaxDurationSeconds,
            choice.MaxBytes,
            choice.RetentionDays,
            choice.StopAfterSeconds,
            choice.StartedBy
        );
    }
}

/// <summary>A page of recordings.</summary>
internal sealed record RecordingList(IReadOnlyList<RecordingBody> Data)
{
    public string? NextCursor { get; init; }
}

/// <summary>All composites of a recording.</summary>
internal sealed record CompositeList(IReadOnlyList<CompositeBody> Data);

/// <summary>A page of files.</summary>
internal sealed record FileList(IReadOnlyList<EventFile> Data)
{
    public string? NextCursor { get; init; }
}

/// <summary>Links to files.</summary>
internal sealed record LinkList(IReadOnlyList<LinkBody> Data);

/// <summary>A link to one file.</summary>
internal sealed record LinkBody(string Name, string DownloadUrl, DateTimeOffset ExpiresAt);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    Converters = [typeof(UtcTimeConverter)]
)]
[JsonSerializable(typeof(RecordingBody))]
[JsonSerializable(typeof(RecordingList))]
[JsonSerializable(typeof(CompositeBody))]
[JsonSerializable(typeof(CompositeList))]
[JsonSerializable(typeof(FileList))]
[JsonSerializable(typeof(LinkList))]
internal sealed partial class RecordingsApiContext : JsonSerializerContext;
