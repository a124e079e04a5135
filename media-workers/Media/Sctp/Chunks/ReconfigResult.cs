namespace EventMeet.Media.Sctp.Chunks;

/// <summary>How a request to re-configure ended (RFC 6525 section 4.4).</summary>
internal enum ReconfigResult
{
    /// <summary>There was nothing to do.</summary>
    NothingToDo = 0,

    /// <summary>It was done.</summary>
    Performed = 1,

    /// <summary>It was refused.</summary>
    Denied = 2,

    /// <summary>A stream is unknown.</summary>
    WrongStream = 3,

    /// <summary>Another request is being worked on.</summary>
    AlreadyInProgress = 4,

    /// <summary>The request's number is not the next one.</summary>
    BadSequenceNumber = 5,

    /// <summary>It waits for data to arrive: ask again.</summary>
    InProgress = 6,
}
