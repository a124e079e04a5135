namespace EventMeet.Media.Sctp;

/// <summary>Where an association is in its life (RFC 9260 section 4).</summary>
internal enum SctpState
{
    /// <summary>No association; an INIT of the peer is answered.</summary>
    Closed,

    /// <summary>INIT is sent.</summary>
    CookieWait,

    /// <summary>COOKIE ECHO is sent.</summary>
    CookieEchoed,

    /// <summary>Data flows.</summary>
    Established,

    /// <summary>We shall shut down as soon as everything is acknowledged.</summary>
    ShutdownPending,

    /// <summary>SHUTDOWN is sent.</summary>
    ShutdownSent,

    /// <summary>The peer shuts down; what we have sent is still to be acknowledged.</summary>
    ShutdownReceived,

    /// <summary>SHUTDOWN ACK is sent.</summary>
    ShutdownAckSent,
}
