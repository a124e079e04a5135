namespace EventMeet.Media.Dtls;

/// <summary>What a record carries (RFC 5246 section 6.2.1).</summary>
internal enum DtlsContentType
{
    /// <summary>The sender changes to the negotiated keys.</summary>
    ChangeCipherSpec = 20,

    /// <summary>A level and a description.</summary>
    Alert = 21,

    /// <summary>A handshake message, or a fragment of one.</summary>
    Handshake = 22,

    /// <summary>What the application sends.</summary>
    ApplicationData = 23,
}
