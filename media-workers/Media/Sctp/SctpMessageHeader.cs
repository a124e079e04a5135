namespace EventMeet.Media.Sctp;

/// <summary>How a message is to be carried.</summary>
/// <param name="StreamId">On which stream.</param>
/// <param name="PayloadProtocolIdentifier">What it is (RFC 8831 section 8).</param>
/// <param name="Unordered">May it overtake others of its stream?</param>
/// <param name="MaxRetransmits">How often each fragment is sent again at most; null: without limit (RFC 7496).</param>
/// <param name="Lifetime">How long it is worth sending; null: without limit (RFC 3758 section 4).</param>
internal readonly record struct SctpMessageHeader(
    ushort StreamId,
    uint PayloadProtocolIdentifier,
    bool Unordered = false,
    ushort? MaxRetransmits = null,
    TimeSpan? Lifetime = null
);
