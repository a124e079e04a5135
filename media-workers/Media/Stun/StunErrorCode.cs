namespace EventMeet.Media.Stun;

/// <summary>Error codes (RFC 8489 section 14.8, RFC 8445 section 20.2).</summary>
internal enum StunErrorCode
{
    /// <summary>No error.</summary>
    None = 0,

    /// <summary>Ask another server.</summary>
    TryAlternate = 300,

    /// <summary>The request is malformed or lacks an attribute.</summary>
    BadRequest = 400,

    /// <summary>The credentials do not match.</summary>
    Unauthenticated = 401,

    /// <summary>A comprehension-required attribute is unknown.</summary>
    UnknownAttribute = 420,

    /// <summary>Both ends claim the same role.</summary>
    RoleConflict = 487,

    /// <summary>The server failed.</summary>
    ServerError = 500,
}
