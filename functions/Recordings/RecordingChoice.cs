using System.Text.Json.Serialization;
using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Recordings;

/// <summary>What shall be recorded, as the tenant chose.</summary>
internal sealed record RecordingChoice
{
    /// <summary>Gets which files are wanted.</summary>
    public RecordingMode Mode { get; init; } = RecordingMode.Composite;

    /// <summary>Gets who is seen where in the composite.</summary>
    public CompositeLayout Layout { get; init; } = CompositeLayout.Grid;

    /// <summary>Gets the composite's container; null for the mode's own, MP4 or M4A.</summary>
    public CompositeFormat? Format { get; init; }

    /// <summary>Gets the composite's width in pixels.</summary>
    public int Width { get; init; } = RecordingLimits.DefaultWidth;

    /// <summary>Gets the composite's height in pixels.</summary>
    public int Height { get; init; } = RecordingLimits.DefaultHeight;

    /// <summary>Gets the composite's frame rate.</summary>
    public int FramesPerSecond { get; init; } = RecordingLimits.DefaultFramesPerSecond;

    /// <summary>Gets what is seen where nobody is: "#rrggbb".</summary>
    public string Background { get; init; } = RecordingLimits.DefaultBackground;

    /// <summary>Gets whether participants' names are written into their pictures.</summary>
    public bool ShowNames { get; init; } = true;

    /// <summary>Gets whose tracks, by identity; null for everybody's.</summary>
    public IReadOnlyList<string>? Include { get; init; }

    /// <summary>Gets whose tracks not, by identity; null for nobody's.</summary>
    public IReadOnlyList<string>? Exclude { get; init; }

    /// <summary>Gets when it ends by itself, in seconds from its start.</summary>
    public int MaxDurationSeconds { get; init; } = RecordingLimits.DefaultDurationSeconds;

    /// <summary>Gets at how many stored bytes it ends by itself.</summary>
    public long MaxBytes { get; init; } = RecordingLimits.DefaultBytes;

    /// <summary>Gets after how many days its files are deleted; null for never.</summary>
    public int? RetentionDays { get; init; }

    /// <summary>Gets how long after the last participant left it ends, in seconds; null for the default of who started it.</summary>
    public int? StopAfterSeconds { get; init; }

    /// <summary>Gets who started it, in words for people; null when nobody said.</summary>
    public string? StartedBy { get; init; }

    /// <summary>The film, or the sound file, that shall be made at the end; null when only tracks are wanted.</summary>
    public CompositeSpec? ToSpec() =>
        Mode switch
        {
            RecordingMode.Tracks => null,
            RecordingMode.Audio => ToSpec(CompositeFormat.M4a),
            _ => ToSpec(CompositeFormat.Mp4),
        };

    /// <summary>What a recorder is told.</summary>
    public RecordingPlan ToPlan() =>
        new(Mode, ToFilter(), Mode is RecordingMode.Composite ? ToSpec() : null, MaxDurationSeconds, MaxBytes);

    /// <summary>Which tracks the shard shall send.</summary>
    public TrackFilter ToFilter() => new(Include, Exclude, AudioOnly: Mode is RecordingMode.Audio);

    /// <summary>How long after the last participant left it ends.</summary>
    public TimeSpan GraceOf(bool automatic) =>
        TimeSpan.FromSeconds(
            StopAfterSeconds
                ?? (automatic ? RecordingLimits.AutomaticStopAfterSeconds : RecordingLimits.ManualStopAfterSeconds)
        );

    private CompositeSpec ToSpec(CompositeFormat usual) =>
        new(Layout, Format ?? usual, Width, Height, FramesPerSecond, Background, ShowNames);
}

/// <summary>Whether a room is recorded, and how.</summary>
internal sealed record RoomRecording
{
    /// <summary>Gets who may start a recording.</summary>
    public RecordingPolicy Policy { get; init; } = RecordingPolicy.Manual;

    /// <summary>Gets what an automatic recording records, and what one on request does where it does not say.</summary>
    public RecordingChoice Choice { get; init; } = new();
}

/// <summary>Who may start a recording of a room.</summary>
internal enum RecordingPolicy
{
    /// <summary>Nobody.</summary>
    [JsonStringEnumMemberName("off")]
    Off,

    /// <summary>The tenant, and participants with the grant "roomRecord".</summary>
    [JsonStringEnumMemberName("manual")]
    Manual,

    /// <summary>The room itself as well, when the first participant joins.</summary>
    [JsonStringEnumMemberName("automatic")]
    Automatic,
}

/// <summary>The limits of recordings.</summary>
internal static class RecordingLimits
{
    public const int ActivePerRoom = 4;
    public const int Composites = 20;
    public const int RunningComposites = 3;
    public const int Identities = 100;
    public const int Identity = 256;
    public const int StartedBy = 256;
    public const int LeastDurationSeconds = 10;
    public const int DurationSeconds = 12 * 3600;
    public const int DefaultDurationSeconds = 4 * 3600;
    public const long LeastBytes = 1L << 20;
    public const long Bytes = 1L << 40;
    public const long DefaultBytes = 100L << 30;
    public const int RetentionDays = 3650;
    public const int StopAfterSeconds = 24 * 3600;
    public const int AutomaticStopAfterSeconds = 30;
    public const int ManualStopAfterSeconds = 120;
    public const int LeastWidth = 160;
    public const int Width = 3840;
    public const int DefaultWidth = 1280;
    public const int LeastHeight = 90;
    public const int Height = 2160;
    public const int DefaultHeight = 720;
    public const int LeastFramesPerSecond = 5;
    public const int FramesPerSecond = 60;
    public const int DefaultFramesPerSecond = 30;
    public const string DefaultBackground = "#000000";
}
