using System.Text.Json.Serialization;

namespace EventMeet.Contracts.Messages;

/// <summary>An order to one SFU worker about one room. A worker refuses an epoch older than the one it knows.</summary>
/// <param name="Room">Which room.</param>
/// <param name="Shard">To which of the worker's shards, from 0: the room's home, or where the session was put.</param>
/// <param name="Epoch">The placement's epoch, from 1.</param>
public abstract record SfuCommand(RoomId Room, int Shard, long Epoch);

/// <summary>Make a peer, and the room if it is not there yet.</summary>
/// <param name="Room">Which room.</param>
/// <param name="Shard">On which shard.</param>
/// <param name="Epoch">The placement's epoch.</param>
/// <param name="Settings">What the room is like.</param>
/// <param name="Peer">What the peer is.</param>
public sealed record AdmitPeer(RoomId Room, int Shard, long Epoch, RoomSettings Settings, PeerSpec Peer)
    : SfuCommand(Room, Shard, Epoch)
{
    /// <summary>
    /// Gets the shard of the same worker that the room lives on, its home; null when that is <see cref="SfuCommand.Shard"/>. Another shard
    /// makes a branch of the room for its sessions.
    /// </summary>
    public int? Home { get; init; }
}

/// <summary>The session's next revision: an ICE restart, more slots, another track.</summary>
/// <param name="Room">Which room.</param>
/// <param name="Shard">On which shard.</param>
/// <param name="Epoch">The placement's epoch.</param>
/// <param name="Peer">The whole peer as it shall be.</param>
public sealed record UpdatePeer(RoomId Room, int Shard, long Epoch, PeerSpec Peer) : SfuCommand(Room, Shard, Epoch);

/// <summary>End a peer. One that is not there is no error.</summary>
/// <param name="Room">Which room.</param>
/// <param name="Shard">On which shard.</param>
/// <param name="Epoch">The placement's epoch.</param>
/// <param name="Session">Whose peer.</param>
/// <param name="Reason">What the participant is told.</param>
public sealed record ClosePeer(RoomId Room, int Shard, long Epoch, SessionId Session, LeaveReason Reason)
    : SfuCommand(Room, Shard, Epoch);

/// <summary>End a room and every peer in it.</summary>
/// <param name="Room">Which room.</param>
/// <param name="Shard">On which shard.</param>
/// <param name="Epoch">The placement's epoch.</param>
/// <param name="Reason">What the participants are told.</param>
public sealed record CloseRoom(RoomId Room, int Shard, long Epoch, LeaveReason Reason) : SfuCommand(Room, Shard, Epoch);

/// <summary>
/// Send a room's tracks to a recorder from now on; makes the room if it is not there yet. A relay that is there already is
/// kept as it is.
/// </summary>
/// <param name="Room">Which room.</param>
/// <param name="Shard">On which shard.</param>
/// <param name="Epoch">The placement's epoch.</param>
/// <param name="Settings">What the room is like.</param>
/// <param name="Relay">The relay and its keys.</param>
/// <param name="Addresses">Where its receiver may be reached, best first, at most eight; the first that answers is used.</param>
/// <param name="Filter">Which tracks.</param>
/// <param name="Notice">What participants are told; null for a relay that records nothing.</param>
/// <param name="Paused">Send nothing until told otherwise.</param>
public sealed record OpenRelay(
    RoomId Room,
    int Shard,
    long Epoch,
    RoomSettings Settings,
    RelaySpec Relay,
    IReadOnlyList<RelayAddress> Addresses,
    TrackFilter Filter,
    RecordingNotice? Notice,
    bool Paused
) : SfuCommand(Room, Shard, Epoch);

/// <summary>Pause a relay, or let it go on: while paused no media leaves, and participants are told so.</summary>
/// <param name="Room">Which room.</param>
/// <param name="Shard">On which shard.</param>
/// <param name="Epoch">The placement's epoch.</param>
/// <param name="Relay">Which relay.</param>
/// <param name="Paused">Paused or not.</param>
public sealed record UpdateRelay(RoomId Room, int Shard, long Epoch, RelayId Relay, bool Paused)
    : SfuCommand(Room, Shard, Epoch);

/// <summary>End a relay: its receiver is told with RTCP BYE. One that is not there is no error.</summary>
/// <param name="Room">Which room.</param>
/// <param name="Shard">On which shard.</param>
/// <param name="Epoch">The placement's epoch.</param>
/// <param name="Relay">Which relay.</param>
public sealed record CloseRelay(RoomId Room, int Shard, long Epoch, RelayId Relay) : SfuCommand(Room, Shard, Epoch);

/// <summary>What a shard must know of a room to run it alone.</summary>
/// <param name="Tenant">Whose room.</param>
/// <param name="Name">Its name, if it has one.</param>
/// <param name="MaxParticipants">The most participants at once.</param>
/// <param name="EmptyTimeoutSeconds">How long an empty room is kept, in seconds.</param>
/// <param name="Metadata">The tenant's own text.</param>
public sealed record RoomSettings(
    TenantId Tenant,
    string? Name,
    int MaxParticipants,
    int EmptyTimeoutSeconds,
    string? Metadata
);

/// <summary>Why a participant is no longer in the room.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LeaveReason>))]
public enum LeaveReason
{
    /// <summary>They left.</summary>
    [JsonStringEnumMemberName("left")]
    Left,

    /// <summary>A moderator or the tenant removed them.</summary>
    [JsonStringEnumMemberName("removed")]
    Removed,

    /// <summary>The room ended.</summary>
    [JsonStringEnumMemberName("room_ended")]
    RoomEnded,

    /// <summary>The same identity joined again.</summary>
    [JsonStringEnumMemberName("replaced")]
    Replaced,

    /// <summary>Consent expired (RFC 7675) or DTLS failed: nobody is there any more.</summary>
    [JsonStringEnumMemberName("connection_lost")]
    ConnectionLost,

    /// <summary>The peer was admitted but never connected.</summary>
    [JsonStringEnumMemberName("never_connected")]
    NeverConnected,

    /// <summary>The worker is going away.</summary>
    [JsonStringEnumMemberName("worker_stopping")]
    WorkerStopping,
}
