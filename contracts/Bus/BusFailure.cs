namespace EventMeet.Contracts.Bus;

/// <summary>Why the bus could not do what it was asked.</summary>
public enum BusFailure
{
    /// <summary>No broker within the time; trying again later is right.</summary>
    Unavailable,

    /// <summary>The broker is there and asks for patience; trying again later is right.</summary>
    Busy,

    /// <summary>There is no such entity.</summary>
    NotFound,

    /// <summary>The key or token does not allow this.</summary>
    Unauthorized,

    /// <summary>The entity is full, or the message too large.</summary>
    LimitExceeded,

    /// <summary>The lock on the message or session is gone.</summary>
    LockLost,

    /// <summary>Another receiver holds the session.</summary>
    SessionTaken,

    /// <summary>The broker refused for a reason of its own, named in the message.</summary>
    Refused,
}
