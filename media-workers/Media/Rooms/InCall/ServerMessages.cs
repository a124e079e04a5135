using System.Text.Json.Serialization;

namespace EventMeet.Media.Rooms.InCall;

/// <summary>What the room says to a page: web/in-call.schema.json is the description.</summary>
/// <param name="Type">Which message.</param>
internal abstract record ServerMessage([property: JsonPropertyOrder(-1)] string Type);

internal sealed record Welcome(
    SelfDescription Self,
    GrantsDescription Grants,
    RoomDescription Room,
    IReadOnlyList<ParticipantDescription> Participants,
    IReadOnlyList<SlotDescription> Slots,
    RecordingState Recording
) : ServerMessage("welcome");

internal sealed record Joined(ParticipantDescription Participant) : ServerMessage("joined");

internal sealed record Left(string Participant, string Reason) : ServerMessage("left");

internal sealed record Updated(ParticipantDescription Participant) : ServerMessage("updated");

internal sealed record TracksChanged(string Participant, IReadOnlyList<TrackDescription> Tracks)
    : ServerMessage("tracks");

internal sealed record SlotsChanged(IReadOnlyList<SlotDescription> Slots) : ServerMessage("slots");

internal sealed record SpeakersChanged(
    IReadOnlyList<SpeakerDescription> Speakers,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Dominant
) : ServerMessage("speakers");

internal sealed record ChatReceived(string Id, string From, string? To, string Text, DateTimeOffset At)
    : ServerMessage("chat");

internal sealed record HandChanged(string Participant, bool Raised) : ServerMessage("hand");

internal sealed record ReactionReceived(string Participant, string Reaction) : ServerMessage("reaction");

internal sealed record Muted(string Track, string? By) : ServerMessage("muted");

internal sealed record Removed(string Reason) : ServerMessage("removed");

internal sealed record RecordingChanged(bool Active, bool Paused, IReadOnlyList<RecordingDescription> Recordings)
    : ServerMessage("recording");

internal sealed record Pong(long Id, DateTimeOffset At) : ServerMessage("pong");

internal sealed record Error(string Code, string Message, string? Re) : ServerMessage("error");

internal sealed record SelfDescription(string Session, string Participant);

internal sealed record RoomDescription(string Id, string? Name, string? Metadata);

/// <summary>Who records.</summary>
/// <param name="Active">Does anything record, paused or not?</param>
/// <param name="Paused">Is everything that records paused?</param>
/// <param name="Recordings">What records.</param>
internal sealed record RecordingState(bool Active, bool Paused, IReadOnlyList<RecordingDescription> Recordings);

/// <summary>One recording that goes on.</summary>
/// <param name="Id">The recording.</param>
/// <param name="Paused">Is it paused?</param>
/// <param name="StartedBy">Who started it, in words for people; null when the room did by itself.</param>
internal sealed record RecordingDescription(string Id, bool Paused, string? StartedBy);

internal sealed record GrantsDescription(
    bool CanPublish,
    bool CanSubscribe,
    bool CanPublishData,
    bool RoomAdmin,
    bool Hidden,
    bool CanUpdateOwnMetadata,
    IReadOnlyList<string>? CanPublishSources
);

internal sealed record ParticipantDescription(
    string Id,
    string Identity,
    string Name,
    string? Metadata,
    DateTimeOffset JoinedAt,
    bool HandRaised,
    IReadOnlyList<TrackDescription> Tracks
);

internal sealed record TrackDescription(string Id, string Kind, string Source, bool Muted);

internal sealed record SlotDescription(string Mid, string? Participant, string? Track, string? Source);

internal sealed record SpeakerDescription(string Participant, float Level);
