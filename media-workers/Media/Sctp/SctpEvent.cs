namespace EventMeet.Media.Sctp;

/// <summary>One event.</summary>
/// <param name="Kind">Which.</param>
/// <param name="StreamId">The stream of a message or reset.</param>
/// <param name="PayloadProtocolIdentifier">Of a message (RFC 8831 section 8).</param>
/// <param name="Buffer">Rented, holds a message's bytes; null otherwise.</param>
/// <param name="Length">How many of them.</param>
/// <param name="Reason">Why it was lost.</param>
internal readonly record struct SctpEvent(
    SctpEventKind Kind,
    ushort StreamId = 0,
    uint PayloadProtocolIdentifier = 0,
    byte[]? Buffer = null,
    int Length = 0,
    SctpCloseReason Reason = SctpCloseReason.None
)
{
    /// <summary>Gets a message's bytes.</summary>
    public ReadOnlySpan<byte> Payload => Buffer.AsSpan(0, Length);
}

/// <summary>What an association tells the layer above it.</summary>
internal enum SctpEventKind
{
    /// <summary>The association is established.</summary>
    Up,

    /// <summary>The peer started anew (RFC 9260 section 5.2.4.1): every stream begins again at zero.</summary>
    Restarted,

    /// <summary>The association ended.</summary>
    Lost,

    /// <summary>A message arrived. Give it back with <see cref="SctpAssociation.Return"/>.</summary>
    Message,

    /// <summary>The peer reset a stream it sends on.</summary>
    IncomingReset,

    /// <summary>The peer reset every stream it sends on.</summary>
    AllIncomingReset,

    /// <summary>The peer took note that we reset a stream we send on.</summary>
    OutgoingReset,
}
