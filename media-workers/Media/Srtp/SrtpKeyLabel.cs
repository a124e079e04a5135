namespace EventMeet.Media.Srtp;

/// <summary>What a session key is for (RFC 3711 section 4.3).</summary>
internal enum SrtpKeyLabel : byte
{
    /// <summary>RTP encryption.</summary>
    RtpEncryption,

    /// <summary>RTP authentication.</summary>
    RtpAuthentication,

    /// <summary>RTP salt.</summary>
    RtpSalt,

    /// <summary>RTCP encryption.</summary>
    RtcpEncryption,

    /// <summary>RTCP authentication.</summary>
    RtcpAuthentication,

    /// <summary>RTCP salt.</summary>
    RtcpSalt,
}
