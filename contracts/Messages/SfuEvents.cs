namespace EventMeet.Contracts.Messages;

/// <summary>A fact about a room on a shard.</summary>
/// <param name="Worker">Which worker.</param>
/// <param name="At">When.</param>
/// <param name="Tenant">Whose room.</param>
/// <param name="Room">Which room.</param>
/// <param name="Epoch">The placement's epoch under which it happened.</param>
/// <param name="Sequence">Counts this room's facts under this epoch from 1, without gaps.</param>
public abstract record RoomEvent(
    WorkerId Worker,
    DateTimeOffset At,
    TenantId Tenant,
    RoomId Room,
    long Epoch,
    long Sequence
) : WorkerEvent(Worker, At);

/// <summary>A participant's transport is up: ICE, DTLS and SRTP work. They are in the room from here on.</summary>
public sealed record ParticipantJoined(
    WorkerId Worker,
    DateTimeOffset At,
    TenantId Tenant,
    RoomId Room,
    long Epoch,
    long Sequence,
    SessionId Session,
    ParticipantId Participant,
    string Identity,
    string? Name
) : RoomEvent(Worker, At, Tenant, Room, Epoch, Sequence);

/// <summary>A participant is no longer in the room; the terminal fact of every session, joined or not.</summary>
public sealed record ParticipantLeft(
    WorkerId Worker,
    DateTimeOffset At,
    TenantId Tenant,
    RoomId Room,
    long Epoch,
    long Sequence,
    SessionId Session,
    ParticipantId Participant,
    string Identity,
    LeaveReason Reason
) : RoomEvent(Worker, At, Tenant, Room, Epoch, Sequence);

/// <summary>A track's first packet arrived.</summary>
public sealed record TrackPublished(
    WorkerId Worker,
    DateTimeOffset At,
    TenantId Tenant,
    RoomId Room,
    long Epoch,
    long Sequence,
    SessionId Session,
    ParticipantId Participant,
    TrackId Track,
    MediaKind Kind,
    TrackSource Source,
    string Codec
) : RoomEvent(Worker, At, Tenant, Room, Epoch, Sequence);

/// <summary>A track ended.</summary>
public sealed record TrackUnpublished(
    WorkerId Worker,
    DateTimeOffset At,
    TenantId Tenant,
    RoomId Room,
    long Epoch,
    long Sequence,
    SessionId Session,
    ParticipantId Participant,
    TrackId Track
) : RoomEvent(Worker, At, Tenant, Room, Epoch, Sequence);

/// <summary>The room was empty for its empty timeout, or was closed, and is gone from the shard; the room's last fact there.</summary>
public sealed record RoomEmptied(
    WorkerId Worker,
    DateTimeOffset At,
    TenantId Tenant,
    RoomId Room,
    long Epoch,
    long Sequence
) : RoomEvent(Worker, At, Tenant, Room, Epoch, Sequence);
