namespace EventMeet.Media.Dtls.Interop;

/// <summary>What came of a call into OpenSSL.</summary>
internal enum SslOutcome
{
    /// <summary>It is done, or gave data.</summary>
    Done,

    /// <summary>It waits for the peer.</summary>
    WantsInput,

    /// <summary>The peer closed the association with close_notify.</summary>
    Closed,

    /// <summary>The association is broken for good; an alert may have been written.</summary>
    Failed,
}
