namespace EventMeet.Media.Sctp;

/// <summary>What became of a message that was to be sent.</summary>
internal enum SendResult
{
    /// <summary>It waits to leave, or leaves with the next packet.</summary>
    Queued,

    /// <summary>The send buffer has no room now; nothing was kept.</summary>
    BufferFull,

    /// <summary>It is longer than the peer takes; nothing was kept.</summary>
    TooLarge,

    /// <summary>The stream is unknown, closing or closed, or the association has ended.</summary>
    Closed,
}
