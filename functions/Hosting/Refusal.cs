namespace EventMeet.Functions.Hosting;

/// <summary>Every way in which this API says no. <see cref="Problems"/> turns one into HTTP.</summary>
internal enum Refusal
{
    None,

    // The request itself.
    MalformedRequest,
    MalformedJson,
    InvalidFields,
    InvalidQuery,
    NotFound,
    MethodNotAllowed,
    BodyTooLarge,
    UnsupportedMediaType,
    PreconditionFailed,
    PreconditionRequired,
    IdempotencyKeyInvalid,
    IdempotencyKeyReused,
    IdempotencyInProgress,
    TooManyRequests,

    // Who is asking.
    CredentialsMissing,
    CredentialsInvalid,
    KeyRevoked,
    WrongCredentialKind,
    TokenMalformed,
    TokenAlgorithm,
    TokenSignature,
    TokenExpired,
    TokenWithoutExpiry,
    TokenNotYetValid,
    TokenLifetimeTooLong,
    TokenWithoutIdentity,
    TokenWithoutRoom,
    TokenWrongRoom,
    TokenNotForJoining,
    NotAllowed,

    // Keys and rooms.
    KeyNotFound,
    RoomNotFound,
    RoomNameTaken,
    RoomEnded,
    RoomEnding,
    RoomNotOpenYet,
    RoomFull,
    ParticipantNotFound,

    // Sessions.
    SdpMalformed,
    SdpUnusable,
    SessionNotFound,
    NoWorker,

    // Events and webhooks.
    EventNotFound,
    WebhookNotFound,
    WebhookDisabled,
    TooManyWebhooks,
    DeliveryNotFound,
    DeliveryUnderWay,

    // Recordings.
    RecordingNotFound,
    RecordingOff,
    TooManyRecordings,
    RecordingNotRunning,
    RecordingNotOver,
    RecordingDeleted,
    RecordingEmpty,
    CompositeNotFound,
    TooManyComposites,

    // Ourselves.
    ConcurrentChange,
    StorageUnavailable,
    BusUnavailable,
    TimedOut,
    InternalError,
}
