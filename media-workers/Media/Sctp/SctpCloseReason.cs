namespace EventMeet.Media.Sctp;

/// <summary>Why an association ended.</summary>
internal enum SctpCloseReason
{
    /// <summary>It did not end.</summary>
    None,

    /// <summary>Both sides agreed to end it (RFC 9260 section 9.2).</summary>
    Shutdown,

    /// <summary>We aborted it.</summary>
    AbortedHere,

    /// <summary>The peer aborted it.</summary>
    AbortedByPeer,

    /// <summary>The peer did not answer INIT, COOKIE ECHO or SHUTDOWN.</summary>
    NoAnswer,

    /// <summary>The peer stopped acknowledging (RFC 9260 section 8.1).</summary>
    TooManyRetransmissions,

    /// <summary>The peer broke the protocol; we aborted.</summary>
    ProtocolViolation,
}
