namespace EventMeet.Media.Srtp;

/// <summary>The SRTP protection profiles that are spoken here, with the values that use_srtp carries (IANA, RFC 5764).</summary>
public enum SrtpProfile
{
    /// <summary>None agreed.</summary>
    None = 0,

    /// <summary>SRTP_AES128_CM_HMAC_SHA1_80 (RFC 5764 section 4.1.2): what every WebRTC endpoint must speak.</summary>
    AesCm128HmacSha1Tag80 = 1,

    /// <summary>SRTP_AEAD_AES_128_GCM (RFC 7714 section 14.2): preferred, the cheaper one.</summary>
    AeadAes128Gcm = 7,
}
