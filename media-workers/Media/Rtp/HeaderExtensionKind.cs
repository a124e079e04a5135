namespace EventMeet.Media.Rtp;

/// <summary>The RTP header extensions that are understood; all others are dropped on forwarding.</summary>
public enum HeaderExtensionKind
{
    /// <summary>One that is not understood.</summary>
    Unknown,

    /// <summary>The m-line a packet belongs to (RFC 9143 section 15).</summary>
    Mid,

    /// <summary>The simulcast encoding a packet belongs to (RFC 8852).</summary>
    Rid,

    /// <summary>The simulcast encoding that a retransmission repairs (RFC 8852).</summary>
    RepairedRid,

    /// <summary>How loud the audio is (RFC 6464).</summary>
    AudioLevel,

    /// <summary>When the packet left its sender, 24 bits in units of 2^-18 s.</summary>
    AbsSendTime,

    /// <summary>A number that counts all packets of a transport (draft-holmer-rmcat-transport-wide-cc-extensions-01).</summary>
    TransportWideCc,

    /// <summary>How the camera is held (3GPP TS 26.114 section 7.4.5).</summary>
    VideoOrientation,

    /// <summary>How long a receiver should wait before it plays.</summary>
    PlayoutDelay,

    /// <summary>When the frame was captured, on the capturing machine's NTP clock.</summary>
    AbsCaptureTime,

    /// <summary>What a frame depends on (AV1 RTP specification, appendix A).</summary>
    DependencyDescriptor,

    /// <summary>Which layers the encoder makes now, and at which rates.</summary>
    VideoLayersAllocation,

    /// <summary>Not a kind: how many there are.</summary>
    Count,
}
