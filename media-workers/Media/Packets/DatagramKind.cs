namespace EventMeet.Media.Packets;

/// <summary>What a datagram on a media port is, by its first byte (RFC 7983 section 7, RFC 5761 section 4).</summary>
public enum DatagramKind
{
    /// <summary>Nothing that we serve: empty, ZRTP, a TURN channel or an unassigned first byte.</summary>
    Unknown,

    /// <summary>STUN: first byte 0 to 3.</summary>
    Stun,

    /// <summary>DTLS: first byte 20 to 63.</summary>
    Dtls,

    /// <summary>RTP or SRTP: first byte 128 to 191 and no RTCP packet type.</summary>
    Rtp,

    /// <summary>RTCP or SRTCP: first byte 128 to 191 and a packet type of 192 to 223.</summary>
    Rtcp,
}
