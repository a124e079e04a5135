using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms;

/// <summary>Something that became true in a room.</summary>
/// <param name="Room">Which room.</param>
/// <param name="Tenant">Whose.</param>
/// <param name="Epoch">The placement's epoch.</param>
/// <param name="Sequence">Counts the room's facts under this epoch from 1, without gaps.</param>
public abstract record RoomFact(string Room, string Tenant, long Epoch, long Sequence);

/// <summary>A participant's transport is up.</summary>
public sealed record ParticipantJoined(
    string Room,
    string Tenant,
    long Epoch,
    long Sequence,
    string Session,
    string Participant,
    string Identity,
    string? Name
) : RoomFact(Room, Tenant, Epoch, Sequence);

/// <summary>A session's terminal fact, whether it ever joined or not.</summary>
public sealed record ParticipantLeft(
    string Room,
    string Tenant,
    long Epoch,
    long Sequence,
    string Session,
    string Participant,
    string Identity,
    LeaveReason Reason
) : RoomFact(Room, Tenant, Epoch, Sequence);

/// <summary>A track's first packet arrived.</summary>
public sealed record TrackPublished(
    string Room,
    string Tenant,
    long Epoch,
    long Sequence,
    string Session,
    string Participant,
    string Track,
    MediaKind Kind,
    TrackSource Source,
    string Codec
) : RoomFact(Room, Tenant, Epoch, Sequence);

/// <summary>A track ended.</summary>
public sealed record TrackUnpublished(
    string Room,
    string Tenant,
    long Epoch,
    long Sequence,
    string Session,
    string Participant,
    string Track
) : RoomFact(Room, Tenant, Epoch, Sequence);

/// <summary>The room is gone from this engine; its last fact here.</summary>
public sealed record RoomEmptied(string Room, string Tenant, long Epoch, long Sequence)
    : RoomFact(Room, Tenant, Epoch, Sequence);
