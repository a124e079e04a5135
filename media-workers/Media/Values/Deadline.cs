namespace EventMeet.Media.Values;

/// <summary>When to come back, and why.</summary>
/// <param name="At">When; <see cref="MonotonicTime.Never"/> when there is nothing to come back for.</param>
/// <param name="Reason">Why, for logs and tests.</param>
public readonly record struct Deadline(MonotonicTime At, WakeReason Reason)
{
    /// <summary>Nothing to come back for.</summary>
    public static readonly Deadline None = new(MonotonicTime.Never, WakeReason.None);

    /// <summary>The sooner of two deadlines.</summary>
    public static Deadline Soonest(Deadline first, Deadline second) => first.At <= second.At ? first : second;

    /// <summary>The soonest of three deadlines.</summary>
    public static Deadline Soonest(Deadline first, Deadline second, Deadline third) =>
        Soonest(Soonest(first, second), third);
}

/// <summary>Why an engine wants to be woken.</summary>
public enum WakeReason
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>ICE consent may expire (RFC 7675).</summary>
    Consent,

    /// <summary>A DTLS flight may have to be sent again (RFC 6347 section 4.2.4).</summary>
    DtlsRetransmission,

    /// <summary>An SCTP timer (RFC 9260 section 6.3).</summary>
    Sctp,

    /// <summary>RTCP reports are due (RFC 3550 section 6).</summary>
    Reports,

    /// <summary>Missing packets are asked for, or asked for again (RFC 4585 section 6.2.1).</summary>
    Nack,

    /// <summary>Transport-wide feedback is due.</summary>
    TransportFeedback,

    /// <summary>A key frame that did not come is asked for again.</summary>
    KeyFrameRequest,

    /// <summary>Speakers are chosen anew.</summary>
    Speakers,

    /// <summary>A room has been empty long enough.</summary>
    EmptyRoom,

    /// <summary>A peer that never connected is given up.</summary>
    Admission,

    /// <summary>Paced packets may leave.</summary>
    Pacing,
}
