namespace EventMeet.Functions.Events;

/// <summary>Every type of event there is: a new one is a line here, and a <see cref="Happening"/> where it happens.</summary>
internal static class EventTypes
{
    public const string RoomCreated = "room.created";
    public const string RoomStarted = "room.started";
    public const string RoomEnded = "room.ended";
    public const string ParticipantJoined = "participant.joined";
    public const string ParticipantLeft = "participant.left";
    public const string ParticipantConnectionFailed = "participant.connection_failed";
    public const string TrackPublished = "track.published";
    public const string TrackUnpublished = "track.unpublished";

    public const string RecordingStarted = "recording.started";
    public const string RecordingPaused = "recording.paused";
    public const string RecordingResumed = "recording.resumed";
    public const string RecordingProgressed = "recording.progressed";
    public const string RecordingCompleted = "recording.completed";
    public const string RecordingFailed = "recording.failed";
    public const string RecordingDeleted = "recording.deleted";
    public const string CompositeCompleted = "composite.completed";
    public const string CompositeFailed = "composite.failed";

    /// <summary>Made on request for one endpoint; no filter keeps it away and no list shows it.</summary>
    public const string WebhookTest = "webhook.test";

    private const string Everything = "*";
    private const string Wildcard = ".*";

    /// <summary>Gets what endpoints can ask for.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        RoomCreated,
        RoomStarted,
        RoomEnded,
        ParticipantJoined,
        ParticipantLeft,
        ParticipantConnectionFailed,
        TrackPublished,
        TrackUnpublished,
        RecordingStarted,
        RecordingPaused,
        RecordingResumed,
        RecordingProgressed,
        RecordingCompleted,
        RecordingFailed,
        RecordingDeleted,
        CompositeCompleted,
        CompositeFailed,
    ];

    /// <summary>Says whether a filter names at least one type: a type, a family such as "room.*", or "*".</summary>
    public static bool IsFilter(string filter) => All.Any(type => Matches(filter, type));

    /// <summary>Says whether a filter lets a type through.</summary>
    public static bool Matches(string filter, string type) =>
        filter is Everything
        || string.Equals(filter, type, StringComparison.Ordinal)
        || (
            filter.EndsWith(Wildcard, StringComparison.Ordinal)
            && type.StartsWith(filter.AsSpan(0, filter.Length - 1), StringComparison.Ordinal)
        );
}
