namespace EventMeet.Media.Rtcp;

/// <summary>The PT field of an RTCP packet.</summary>
internal enum RtcpPacketType
{
    /// <summary>Not a packet.</summary>
    None = 0,

    /// <summary>SR (RFC 3550 section 6.4.1).</summary>
    SenderReport = 200,

    /// <summary>RR (RFC 3550 section 6.4.2).</summary>
    ReceiverReport = 201,

    /// <summary>SDES (RFC 3550 section 6.5).</summary>
    SourceDescription = 202,

    /// <summary>BYE (RFC 3550 section 6.6).</summary>
    Goodbye = 203,

    /// <summary>APP (RFC 3550 section 6.7).</summary>
    Application = 204,

    /// <summary>RTPFB (RFC 4585 section 6.2).</summary>
    TransportFeedback = 205,

    /// <summary>PSFB (RFC 4585 section 6.3).</summary>
    PayloadFeedback = 206,

    /// <summary>XR (RFC 3611).</summary>
    ExtendedReport = 207,
}

/// <summary>The FMT field of a feedback packet.</summary>
internal static class FeedbackFormat
{
    /// <summary>RTPFB: generic NACK (RFC 4585 section 6.2.1).</summary>
    public const int GenericNack = 1;

    /// <summary>RTPFB: transport-wide congestion control (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1).</summary>
    public const int TransportWideCc = 15;

    /// <summary>PSFB: picture loss indication (RFC 4585 section 6.3.1).</summary>
    public const int PictureLossIndication = 1;

    /// <summary>PSFB: full intra request (RFC 5104 section 4.3.1).</summary>
    public const int FullIntraRequest = 4;

    /// <summary>PSFB: application layer feedback, of which REMB is one (RFC 4585 section 6.4).</summary>
    public const int ApplicationLayer = 15;
}
