namespace EventMeet.Media.Packets;

/// <summary>Why a datagram, or part of one, was refused. Each is a counter; none is an exception.</summary>
public enum PacketFault
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>It ends before what it announces.</summary>
    Truncated,

    /// <summary>Its first byte belongs to no protocol of RFC 7983.</summary>
    UnknownProtocol,

    /// <summary>It came from an address that no peer has.</summary>
    UnknownPeer,

    /// <summary>A version field has a value that is not ours.</summary>
    WrongVersion,

    /// <summary>A length field contradicts the datagram.</summary>
    WrongLength,

    /// <summary>A field has a value that its specification forbids.</summary>
    Malformed,

    /// <summary>It is longer, or has more parts, than we take.</summary>
    TooLarge,

    /// <summary>STUN: the magic cookie is missing (RFC 8489 section 5).</summary>
    StunWrongCookie,

    /// <summary>STUN: FINGERPRINT does not match (RFC 8489 section 14.7).</summary>
    StunWrongFingerprint,

    /// <summary>STUN: MESSAGE-INTEGRITY is missing or does not match (RFC 8489 section 14.5).</summary>
    StunWrongIntegrity,

    /// <summary>STUN: the USERNAME names no peer here (RFC 8445 section 7.3).</summary>
    StunUnknownUsername,

    /// <summary>STUN: a mandatory attribute is missing.</summary>
    StunMissingAttribute,

    /// <summary>STUN: a comprehension-required attribute is unknown (RFC 8489 section 6.3.1).</summary>
    StunUnknownAttribute,

    /// <summary>STUN: the message is of a class or method that we do not serve.</summary>
    StunUnexpectedMessage,

    /// <summary>DTLS: from an address that ICE has not validated.</summary>
    DtlsBeforeIce,

    /// <summary>DTLS: the record layer refused it.</summary>
    DtlsRefused,

    /// <summary>DTLS: more of one handshake came at once than waits for its turn.</summary>
    DtlsBacklogFull,

    /// <summary>DTLS: the certificate is not the one that the SDP announced.</summary>
    DtlsWrongFingerprint,

    /// <summary>DTLS: the handshake failed: nothing in common, a fatal alert, or a message that breaks the rules.</summary>
    DtlsHandshakeFailed,

    /// <summary>SRTP: a packet came before the keys.</summary>
    SrtpNoKeys,

    /// <summary>SRTP: the authentication tag does not match.</summary>
    SrtpWrongTag,

    /// <summary>SRTP: the packet was received before (RFC 3711 section 3.3.2).</summary>
    SrtpReplayed,

    /// <summary>SRTP: the packet is older than the replay window.</summary>
    SrtpTooOld,

    /// <summary>SRTP: the key has protected as many packets as it may (RFC 3711 section 9.2).</summary>
    SrtpKeyExhausted,

    /// <summary>SRTP: more SSRCs than we keep state for.</summary>
    SrtpTooManySources,

    /// <summary>RTP: no track has this SSRC, MID or RID.</summary>
    RtpUnknownTrack,

    /// <summary>RTP: the payload type was not negotiated.</summary>
    RtpUnknownPayloadType,

    /// <summary>RTP: the track may not be published: a grant forbids it.</summary>
    RtpNotAllowed,

    /// <summary>RTP: the payload contradicts its payload format.</summary>
    RtpMalformedPayload,

    /// <summary>RTCP: the compound packet breaks the rules (RFC 3550 section 6.1, RFC 5506).</summary>
    RtcpMalformed,

    /// <summary>SCTP: the checksum does not match (RFC 9260 section 6.8).</summary>
    SctpWrongChecksum,

    /// <summary>SCTP: the verification tag does not match (RFC 9260 section 8.5).</summary>
    SctpWrongVerificationTag,

    /// <summary>SCTP: a chunk is malformed.</summary>
    SctpMalformed,

    /// <summary>SCTP: a cookie is not ours or is stale (RFC 9260 section 5.1.5).</summary>
    SctpWrongCookie,

    /// <summary>SCTP: what arrived exceeds the receive window or a cap.</summary>
    SctpOverflow,

    /// <summary>Data channel: DCEP is malformed (RFC 8832 section 5).</summary>
    DataChannelMalformed,

    /// <summary>In-call channel: the message is no JSON, too long or breaks the schema.</summary>
    InCallMalformed,

    /// <summary>Relay: a control message is no JSON or says what cannot be used.</summary>
    RelayMalformed,

    /// <summary>A queue was full.</summary>
    QueueFull,

    /// <summary>Another engine of the worker lags behind: a packet for it was lost.</summary>
    LinkFull,

    /// <summary>A packet of another engine for a layer that is gone.</summary>
    LinkUnknownLayer,

    /// <summary>Not a fault: how many there are.</summary>
    Count,
}
