using EventMeet.Contracts;
using EventMeet.Contracts.Messages;

namespace EventMeet.Recorder.Timeline;

/// <summary>
/// What happened in a recording, as <c>timeline.json</c> says it. Every time whose name ends in Ms is in milliseconds since
/// <see cref="StartedAt"/>. README.md describes the fields to those who read the file.
/// </summary>
internal sealed record RecordingTimeline
{
    /// <summary>The version of the schema that is written. Fields may be added within a version; one that goes or changes its meaning makes the next.</summary>
    public const int CurrentVersion = 1;

    /// <summary>Gets the version of the schema.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>Gets the recording.</summary>
    public required RecordingId Recording { get; init; }

    /// <summary>Gets the room.</summary>
    public required RoomId Room { get; init; }

    /// <summary>Gets the wall clock at 0.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Gets the wall clock at the end; null while the recording goes on.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Gets why it ended; null while the recording goes on.</summary>
    public RecordingEnd? EndReason { get; init; }

    /// <summary>Gets how many recorders have had the recording, from 1.</summary>
    public int Take { get; init; } = 1;

    /// <summary>Gets up to when this timeline tells; the whole length once the recording has ended.</summary>
    public required long LengthMs { get; init; }

    /// <summary>Gets who was there.</summary>
    public IReadOnlyList<TimelineParticipant> Participants { get; init; } = [];

    /// <summary>Gets what they published.</summary>
    public IReadOnlyList<TimelineTrack> Tracks { get; init; } = [];

    /// <summary>Gets who was the dominant speaker, and when; in order, without overlap.</summary>
    public IReadOnlyList<TimelineSpeaker> Speakers { get; init; } = [];

    /// <summary>Gets when the recording was paused; in order, without overlap. Composites leave these times out.</summary>
    public IReadOnlyList<TimelineSpan> Pauses { get; init; } = [];

    /// <summary>Gets when nothing could be recorded, because a recorder was lost and another took over.</summary>
    public IReadOnlyList<TimelineSpan> Outages { get; init; } = [];
}

/// <summary>A stretch of time.</summary>
/// <param name="FromMs">Its first millisecond.</param>
/// <param name="ToMs">The first millisecond behind it.</param>
internal readonly record struct TimelineSpan(long FromMs, long ToMs)
{
    /// <summary>Is this millisecond in it?</summary>
    public bool Contains(long ms) => FromMs <= ms && ms < ToMs;
}

/// <summary>Somebody who was in the room.</summary>
internal sealed record TimelineParticipant
{
    /// <summary>Gets the participant.</summary>
    public required ParticipantId Id { get; init; }

    /// <summary>Gets who it is in the tenant's own words.</summary>
    public required string Identity { get; init; }

    /// <summary>Gets what the others saw; null when there is none.</summary>
    public string? Name { get; init; }

    /// <summary>Gets when they were there.</summary>
    public IReadOnlyList<TimelineSpan> Present { get; init; } = [];
}

/// <summary>One source, and where it is stored.</summary>
internal sealed record TimelineTrack
{
    /// <summary>Gets the track.</summary>
    public required TrackId Id { get; init; }

    /// <summary>Gets who published it.</summary>
    public required ParticipantId Participant { get; init; }

    /// <summary>Gets what it carries.</summary>
    public required MediaKind Kind { get; init; }

    /// <summary>Gets where it comes from.</summary>
    public required TrackSource Source { get; init; }

    /// <summary>Gets the codec's name: opus, VP8, VP9, H264 or AV1.</summary>
    public required string Codec { get; init; }

    /// <summary>Gets when it was published.</summary>
    public required TimelineSpan Published { get; init; }

    /// <summary>Gets its files; one, unless a recorder was replaced.</summary>
    public IReadOnlyList<TimelineFile> Files { get; init; } = [];

    /// <summary>Gets when frames came: in order, each without a pause that is longer than a picture may stand still.</summary>
    public IReadOnlyList<TimelineSpan> Segments { get; init; } = [];

    /// <summary>Gets when it was muted.</summary>
    public IReadOnlyList<TimelineSpan> Muted { get; init; } = [];

    /// <summary>Gets where packets were lost for good.</summary>
    public IReadOnlyList<TimelineGap> Gaps { get; init; } = [];

    /// <summary>Gets how many packets were lost for good, those in gaps included.</summary>
    public long LostPackets { get; init; }

    /// <summary>Gets where a decoder can start; empty for audio, where it can everywhere.</summary>
    public IReadOnlyList<long> KeyFramesMs { get; init; } = [];

    /// <summary>Gets the size of the pictures, from each change on; empty for audio.</summary>
    public IReadOnlyList<TimelinePictureSize> Sizes { get; init; } = [];
}

/// <summary>A file of a track. A frame's timestamp in the file plus <see cref="FromMs"/> is its place on the timeline.</summary>
internal sealed record TimelineFile
{
    /// <summary>Gets its name, relative to the timeline's.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the place on the timeline of timestamp 0.</summary>
    public required long FromMs { get; init; }

    /// <summary>Gets the place of its last frame.</summary>
    public long ToMs { get; init; }

    /// <summary>Gets its size in bytes, as far as it is known to be stored.</summary>
    public long Bytes { get; init; }

    /// <summary>Gets the SHA-256 of these bytes, in lower-case hexadecimal; null while the file grows.</summary>
    public string? Sha256 { get; init; }
}

/// <summary>Packets that were lost for good.</summary>
/// <param name="FromMs">The last frame before.</param>
/// <param name="ToMs">The first frame behind.</param>
/// <param name="LostPackets">How many; 0 when it cannot be known.</param>
internal readonly record struct TimelineGap(long FromMs, long ToMs, int LostPackets);

/// <summary>The size of the pictures from here on.</summary>
/// <param name="AtMs">From when.</param>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
internal readonly record struct TimelinePictureSize(long AtMs, int Width, int Height);

/// <summary>A dominant speaker.</summary>
/// <param name="Participant">Who.</param>
/// <param name="FromMs">From when.</param>
/// <param name="ToMs">Until when.</param>
internal readonly record struct TimelineSpeaker(ParticipantId Participant, long FromMs, long ToMs);
