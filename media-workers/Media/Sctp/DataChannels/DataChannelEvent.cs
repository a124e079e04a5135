namespace EventMeet.Media.Sctp.DataChannels;

/// <summary>What happened to the data channels of a peer.</summary>
internal readonly ref struct DataChannelEvent
{
    /// <summary>Gets what happened.</summary>
    public required DataChannelEventKind Kind { get; init; }

    /// <summary>Gets the channel; meaningless for the association's events.</summary>
    public ushort StreamId { get; init; }

    /// <summary>Gets label, protocol and promises of an opened channel; null otherwise.</summary>
    public DataChannelParameters? Parameters { get; init; }

    /// <summary>Gets a value indicating whether a message is text rather than bytes.</summary>
    public bool IsText { get; init; }

    /// <summary>Gets a message; valid until the next call of <see cref="DataChannelSet.TryTakeEvent"/>.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>Gets why the association was lost.</summary>
    public SctpCloseReason Reason { get; init; }
}

/// <summary>Kinds of <see cref="DataChannelEvent"/>.</summary>
internal enum DataChannelEventKind
{
    /// <summary>The association is established, for the first time or anew.</summary>
    AssociationUp,

    /// <summary>The association has ended, and every channel with it; no Closed follows.</summary>
    AssociationLost,

    /// <summary>A channel is open: the peer opened it, or took note of ours.</summary>
    Opened,

    /// <summary>A message arrived.</summary>
    Message,

    /// <summary>A channel is closed in both directions; its number may be used again.</summary>
    Closed,
}
