namespace EventMeet.Media;

/// <summary>Why an order was not carried out.</summary>
public enum EngineRefusal
{
    /// <summary>It was.</summary>
    None,

    /// <summary>The room has been placed anew since: the order is of an older epoch.</summary>
    OldEpoch,

    /// <summary>The session has had a newer offer since.</summary>
    OldRevision,

    /// <summary>There is no such room here.</summary>
    UnknownRoom,

    /// <summary>There is no such session in the room.</summary>
    UnknownSession,

    /// <summary>There is no such relay in the room.</summary>
    UnknownRelay,

    /// <summary>The relay has ended here already.</summary>
    RelayEnded,

    /// <summary>The room, or the engine, has as many relays as it may have.</summary>
    TooManyRelays,

    /// <summary>There is no way to the shard that the room shall live on.</summary>
    UnknownHome,

    /// <summary>The room is a branch here, or lives here, and the order says otherwise.</summary>
    OtherHome,

    /// <summary>The room has as many peers as it may have.</summary>
    RoomFull,

    /// <summary>The engine has as many peers as it may have.</summary>
    EngineFull,

    /// <summary>Another peer has this ufrag.</summary>
    UfragTaken,

    /// <summary>A parameter has a value that cannot be used.</summary>
    Malformed,
}
