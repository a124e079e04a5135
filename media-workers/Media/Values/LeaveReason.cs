namespace EventMeet.Media.Values;

/// <summary>Why a participant is no longer in the room.</summary>
public enum LeaveReason
{
    /// <summary>They left.</summary>
    Left,

    /// <summary>A moderator or the tenant removed them.</summary>
    Removed,

    /// <summary>The room ended.</summary>
    RoomEnded,

    /// <summary>The same identity joined again.</summary>
    Replaced,

    /// <summary>Consent expired (RFC 7675), or DTLS or SCTP ended: nobody is there any more.</summary>
    ConnectionLost,

    /// <summary>The peer was admitted but never connected.</summary>
    NeverConnected,

    /// <summary>The worker is going away.</summary>
    WorkerStopping,
}
