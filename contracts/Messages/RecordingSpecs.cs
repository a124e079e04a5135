using System.Text.Json.Serialization;

namespace EventMeet.Contracts.Messages;

/// <summary>What a recording shall contain, and until when.</summary>
/// <param name="Mode">Which files are wanted.</param>
/// <param name="Filter">Whose tracks.</param>
/// <param name="Composite">The film to be made at the end; null unless the mode is <see cref="RecordingMode.Composite"/>.</param>
/// <param name="MaxDurationSeconds">When it ends by itself, in seconds from its start; pauses count.</param>
/// <param name="MaxBytes">At how many stored bytes it ends by itself, all files together.</param>
public sealed record RecordingPlan(
    RecordingMode Mode,
    TrackFilter Filter,
    CompositeSpec? Composite,
    int MaxDurationSeconds,
    long MaxBytes
);

/// <summary>Which files a recording leaves.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RecordingMode>))]
public enum RecordingMode
{
    /// <summary>A file per track, and a film made from them.</summary>
    [JsonStringEnumMemberName("composite")]
    Composite,

    /// <summary>A file per track.</summary>
    [JsonStringEnumMemberName("tracks")]
    Tracks,

    /// <summary>A file per audio track, and a sound file with all of them.</summary>
    [JsonStringEnumMemberName("audio")]
    Audio,
}

/// <summary>Which tracks of a room go over a relay.</summary>
/// <param name="Include">Identities whose tracks are wanted; null for everybody's.</param>
/// <param name="Exclude">Identities whose tracks are not wanted; null for nobody's. Stronger than <paramref name="Include"/>.</param>
/// <param name="AudioOnly">No pictures.</param>
public sealed record TrackFilter(IReadOnlyList<string>? Include, IReadOnlyList<string>? Exclude, bool AudioOnly);

/// <summary>A film made from a recording's tracks.</summary>
/// <param name="Layout">Who is seen where.</param>
/// <param name="Format">Container and codecs.</param>
/// <param name="Width">Of the picture, in pixels, even, 160 to 3840.</param>
/// <param name="Height">Of the picture, in pixels, even, 90 to 2160.</param>
/// <param name="FramesPerSecond">5 to 60.</param>
/// <param name="Background">What is seen where nobody is: "#rrggbb".</param>
/// <param name="ShowNames">Are participants' names written into their pictures?</param>
public sealed record CompositeSpec(
    CompositeLayout Layout,
    CompositeFormat Format,
    int Width,
    int Height,
    int FramesPerSecond,
    string Background,
    bool ShowNames
);

/// <summary>Who is seen where in a composite.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CompositeLayout>))]
public enum CompositeLayout
{
    /// <summary>Everybody, equally large.</summary>
    [JsonStringEnumMemberName("grid")]
    Grid,

    /// <summary>The dominant speaker large, the others in a strip.</summary>
    [JsonStringEnumMemberName("speaker")]
    Speaker,

    /// <summary>A shared screen large and the cameras in a strip; a grid while no screen is shared.</summary>
    [JsonStringEnumMemberName("screen_share")]
    ScreenShare,
}

/// <summary>A composite's container and codecs.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CompositeFormat>))]
public enum CompositeFormat
{
    /// <summary>MP4 with H.264 and AAC, its index at the front.</summary>
    [JsonStringEnumMemberName("mp4")]
    Mp4,

    /// <summary>WebM with VP9 and Opus.</summary>
    [JsonStringEnumMemberName("webm")]
    WebM,

    /// <summary>MP4 with AAC alone.</summary>
    [JsonStringEnumMemberName("m4a")]
    M4a,
}

/// <summary>A relay's two ends, as the function that made it tells each of them.</summary>
/// <param name="Id">Which relay.</param>
/// <param name="SenderKey">SRTP master key and salt of what flows with the media: 28 bytes (RFC 7714), base64; a secret.</param>
/// <param name="ReceiverKey">SRTP master key and salt of what flows back: 28 bytes, base64; a secret.</param>
public sealed record RelaySpec(RelayId Id, string SenderKey, string ReceiverKey)
{
    /// <summary>Never the keys.</summary>
    public override string ToString() => Id.Value;
}

/// <summary>Where a relay's receiving end listens.</summary>
/// <param name="Address">IPv4 or IPv6, without brackets.</param>
/// <param name="UdpPort">UDP port; it belongs to this relay alone.</param>
public sealed record RelayAddress(string Address, int UdpPort);

/// <summary>What participants are told about a recording.</summary>
/// <param name="Recording">Which recording.</param>
/// <param name="StartedBy">Who started it in words for people; null when the room did by itself.</param>
public sealed record RecordingNotice(RecordingId Recording, string? StartedBy);

/// <summary>A file that a recording left in storage.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">The blob's name in the recordings' container.</param>
/// <param name="ContentType">Its media type.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Of these bytes, lower-case hexadecimal.</param>
public sealed record RecordedFile(RecordedFileKind Kind, string Name, string ContentType, long Bytes, string Sha256)
{
    /// <summary>Gets whose track it is; null for what belongs to nobody alone.</summary>
    public ParticipantId? Participant { get; init; }

    /// <summary>Gets that participant's identity.</summary>
    public string? Identity { get; init; }

    /// <summary>Gets which track it holds; null for what is no track.</summary>
    public TrackId? Track { get; init; }

    /// <summary>Gets that track's source.</summary>
    public TrackSource? Source { get; init; }

    /// <summary>Gets the codecs, as ffprobe names them.</summary>
    public IReadOnlyList<string>? Codecs { get; init; }

    /// <summary>Gets how long it plays, in milliseconds; null for what does not play.</summary>
    public long? DurationMs { get; init; }

    /// <summary>Gets when its first frame was captured; null for what does not play.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Gets the picture's width in pixels; null where there is none.</summary>
    public int? Width { get; init; }

    /// <summary>Gets the picture's height in pixels; null where there is none.</summary>
    public int? Height { get; init; }

    /// <summary>Gets where packets were lost for good, or the recorder was; null where nothing is missing.</summary>
    public IReadOnlyList<RecordedGap>? Gaps { get; init; }
}

/// <summary>Where a file is not whole.</summary>
/// <param name="FromMs">Milliseconds from the recording's start.</param>
/// <param name="ToMs">Milliseconds from the recording's start.</param>
public sealed record RecordedGap(long FromMs, long ToMs);

/// <summary>What a recorded file is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RecordedFileKind>))]
public enum RecordedFileKind
{
    /// <summary>One track.</summary>
    [JsonStringEnumMemberName("track")]
    Track,

    /// <summary>A film.</summary>
    [JsonStringEnumMemberName("composite")]
    Composite,

    /// <summary>A picture that stands for a film.</summary>
    [JsonStringEnumMemberName("poster")]
    Poster,

    /// <summary>Small pictures from all over a film.</summary>
    [JsonStringEnumMemberName("contact_sheet")]
    ContactSheet,

    /// <summary>Who spoke when, as WebVTT chapters.</summary>
    [JsonStringEnumMemberName("chapters")]
    Chapters,

    /// <summary>What happened when: timeline.json.</summary>
    [JsonStringEnumMemberName("timeline")]
    Timeline,
}

/// <summary>Why a recording ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RecordingEnd>))]
public enum RecordingEnd
{
    /// <summary>Somebody asked for it.</summary>
    [JsonStringEnumMemberName("stopped")]
    Stopped,

    /// <summary>The room ended, or everybody was away for too long.</summary>
    [JsonStringEnumMemberName("room_ended")]
    RoomEnded,

    /// <summary>It reached its greatest length.</summary>
    [JsonStringEnumMemberName("max_duration")]
    MaxDuration,

    /// <summary>It reached its greatest size.</summary>
    [JsonStringEnumMemberName("max_bytes")]
    MaxBytes,

    /// <summary>No recorder took it in time.</summary>
    [JsonStringEnumMemberName("no_recorder")]
    NoRecorder,

    /// <summary>Storage failed for longer than the recorder could wait; what was stored is there.</summary>
    [JsonStringEnumMemberName("storage_failed")]
    StorageFailed,

    /// <summary>The recorder was lost and nobody took over.</summary>
    [JsonStringEnumMemberName("recorder_lost")]
    RecorderLost,

    /// <summary>No media reached the recorder.</summary>
    [JsonStringEnumMemberName("relay_failed")]
    RelayFailed,

    /// <summary>A file did not stand the verification.</summary>
    [JsonStringEnumMemberName("verification_failed")]
    VerificationFailed,
}
