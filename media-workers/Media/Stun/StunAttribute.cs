namespace EventMeet.Media.Stun;

/// <summary>Attribute types (RFC 8489 section 18.3, RFC 8445 section 20.1); below 0x8000 comprehension is required.</summary>
internal enum StunAttribute
{
    /// <summary>The reflexive address in clear, from servers older than RFC 5389.</summary>
    MappedAddress = 0x0001,

    /// <summary>In ICE: the answerer's ufrag, a colon, the offerer's.</summary>
    Username = 0x0006,

    /// <summary>HMAC-SHA1 over what stands before it.</summary>
    MessageIntegrity = 0x0008,

    /// <summary>Why a request was refused.</summary>
    ErrorCode = 0x0009,

    /// <summary>The attribute types that a 420 complains of.</summary>
    UnknownAttributes = 0x000A,

    /// <summary>Long-term credentials; known, so that it is not complained of, and ignored.</summary>
    Realm = 0x0014,

    /// <summary>Long-term credentials; known and ignored.</summary>
    Nonce = 0x0015,

    /// <summary>HMAC-SHA256 over what stands before it, possibly truncated to 16 bytes or more.</summary>
    MessageIntegritySha256 = 0x001C,

    /// <summary>The reflexive address, hidden from NATs that rewrite what looks like one.</summary>
    XorMappedAddress = 0x0020,

    /// <summary>The priority that a peer-reflexive candidate would have.</summary>
    Priority = 0x0024,

    /// <summary>The controlling agent nominates this pair.</summary>
    UseCandidate = 0x0025,

    /// <summary>What software sent it; never interpreted.</summary>
    Software = 0x8022,

    /// <summary>CRC-32 over all that stands before it; always last.</summary>
    Fingerprint = 0x8028,

    /// <summary>The sender is controlled; a tie breaker.</summary>
    IceControlled = 0x8029,

    /// <summary>The sender is controlling; a tie breaker.</summary>
    IceControlling = 0x802A,
}
