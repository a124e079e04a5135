namespace EventMeet.Media.Sctp;

/// <summary>A DATA chunk that has a TSN and is not cumulatively acknowledged.</summary>
internal struct OutstandingChunk
{
    /// <summary>The message it is part of.</summary>
    public OutboundMessage Message;

    /// <summary>Where in the message it begins.</summary>
    public int Offset;

    /// <summary>How many bytes of the message it carries.</summary>
    public int Length;

    /// <summary>Begin, end and unordered flags.</summary>
    public byte Flags;

    /// <summary>Where it stands.</summary>
    public ChunkState State;

    /// <summary>How often a SACK has shown it missing.</summary>
    public byte Misses;

    /// <summary>True once it was sent again by fast retransmit, which happens once.</summary>
    public bool FastRetransmitted;

    /// <summary>How often it was sent; stays at 65535.</summary>
    public ushort Transmissions;
}

/// <summary>Where a DATA chunk that has a TSN stands.</summary>
internal enum ChunkState : byte
{
    /// <summary>On its way.</summary>
    InFlight,

    /// <summary>Received, as a gap ack block says; the peer may still take that back (RFC 9260 section 6.2).</summary>
    Acknowledged,

    /// <summary>Lost: to be sent again.</summary>
    Lost,

    /// <summary>Given up (RFC 3758).</summary>
    Abandoned,
}
