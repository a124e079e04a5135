namespace EventMeet.Media.Dtls;

/// <summary>The cipher suites that are negotiated (IANA values); the PRF of all is SHA-256's (RFC 5246 section 5).</summary>
internal enum DtlsCipherSuite
{
    /// <summary>None yet.</summary>
    None = 0,

    /// <summary>TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 (RFC 5289).</summary>
    EcdsaAes128Gcm = 0xC02B,

    /// <summary>TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 (RFC 5289).</summary>
    RsaAes128Gcm = 0xC02F,

    /// <summary>TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 (RFC 7905).</summary>
    RsaChaCha20Poly1305 = 0xCCA8,

    /// <summary>TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 (RFC 7905).</summary>
    EcdsaChaCha20Poly1305 = 0xCCA9,
}
