namespace EventMeet.Media.Sctp.Chunks;

/// <summary>Chunk types. The two highest bits say what to do with one that is not known (RFC 9260 section 3.2).</summary>
internal enum ChunkType : byte
{
    /// <summary>RFC 9260 section 3.3.1.</summary>
    Data = 0,

    /// <summary>RFC 9260 section 3.3.2.</summary>
    Init = 1,

    /// <summary>RFC 9260 section 3.3.3.</summary>
    InitAck = 2,

    /// <summary>RFC 9260 section 3.3.4.</summary>
    Sack = 3,

    /// <summary>RFC 9260 section 3.3.5.</summary>
    Heartbeat = 4,

    /// <summary>RFC 9260 section 3.3.6.</summary>
    HeartbeatAck = 5,

    /// <summary>RFC 9260 section 3.3.7.</summary>
    Abort = 6,

    /// <summary>RFC 9260 section 3.3.8.</summary>
    Shutdown = 7,

    /// <summary>RFC 9260 section 3.3.9.</summary>
    ShutdownAck = 8,

    /// <summary>RFC 9260 section 3.3.10.</summary>
    Error = 9,

    /// <summary>RFC 9260 section 3.3.11.</summary>
    CookieEcho = 10,

    /// <summary>RFC 9260 section 3.3.12.</summary>
    CookieAck = 11,

    /// <summary>RFC 9260 section 3.3.13.</summary>
    ShutdownComplete = 14,

    /// <summary>RFC 6525 section 3.1.</summary>
    Reconfig = 130,

    /// <summary>RFC 3758 section 3.2.</summary>
    ForwardTsn = 192,
}

/// <summary>Types of the parameters inside INIT, INIT ACK and RE-CONFIG.</summary>
internal enum ParameterType : ushort
{
    /// <summary>RFC 9260 section 3.3.2.1.1; ignored, addresses are DTLS's.</summary>
    IPv4Address = 5,

    /// <summary>RFC 9260 section 3.3.2.1.2; ignored, addresses are DTLS's.</summary>
    IPv6Address = 6,

    /// <summary>RFC 9260 section 3.3.3.1.1.</summary>
    StateCookie = 7,

    /// <summary>RFC 9260 section 3.3.3.1.2.</summary>
    Unrecognized = 8,

    /// <summary>RFC 9260 section 3.3.2.1.3; ignored.</summary>
    CookiePreservative = 9,

    /// <summary>RFC 9260 section 3.3.2.1.4; ignored.</summary>
    SupportedAddressTypes = 12,

    /// <summary>RFC 6525 section 4.1.</summary>
    OutgoingResetRequest = 13,

    /// <summary>RFC 6525 section 4.2.</summary>
    IncomingResetRequest = 14,

    /// <summary>RFC 6525 section 4.3.</summary>
    SsnTsnResetRequest = 15,

    /// <summary>RFC 6525 section 4.4.</summary>
    ReconfigResponse = 16,

    /// <summary>RFC 6525 section 4.5.</summary>
    AddOutgoingStreams = 17,

    /// <summary>RFC 6525 section 4.6.</summary>
    AddIncomingStreams = 18,

    /// <summary>RFC 9653 section 4.</summary>
    ZeroChecksumAcceptable = 0x8001,

    /// <summary>RFC 5061 section 4.2.7.</summary>
    SupportedExtensions = 0x8008,

    /// <summary>RFC 3758 section 3.1.</summary>
    ForwardTsnSupported = 0xC000,
}

/// <summary>Error causes (RFC 9260 section 3.3.10).</summary>
internal enum ErrorCause : ushort
{
    /// <summary>A stream beyond those agreed on, or beyond what we keep state for.</summary>
    InvalidStream = 1,

    /// <summary>INIT ACK without cookie, for example.</summary>
    MissingParameter = 2,

    /// <summary>The cookie came back too late.</summary>
    StaleCookie = 3,

    /// <summary>A limit of ours is reached.</summary>
    OutOfResource = 4,

    /// <summary>A chunk whose type asks for this report.</summary>
    UnrecognizedChunk = 6,

    /// <summary>A field of INIT has a forbidden value.</summary>
    InvalidMandatoryParameter = 7,

    /// <summary>A parameter of INIT ACK whose type asks for this report.</summary>
    UnrecognizedParameters = 8,

    /// <summary>DATA without data.</summary>
    NoUserData = 9,

    /// <summary>A cookie arrived while we shut down.</summary>
    CookieWhileShuttingDown = 10,

    /// <summary>The layer above aborted.</summary>
    UserInitiatedAbort = 12,

    /// <summary>The peer broke the protocol.</summary>
    ProtocolViolation = 13,
}
