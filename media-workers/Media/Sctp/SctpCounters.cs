namespace EventMeet.Media.Sctp;

/// <summary>What an association counts. Numbers only go up.</summary>
internal sealed class SctpCounters
{
    /// <summary>Gets or sets packets handed out.</summary>
    public long PacketsSent { get; set; }

    /// <summary>Gets or sets packets taken in, refused ones included.</summary>
    public long PacketsReceived { get; set; }

    /// <summary>Gets or sets DATA chunks sent again.</summary>
    public long Retransmissions { get; set; }

    /// <summary>Gets or sets messages given up under partial reliability (RFC 3758).</summary>
    public long MessagesAbandoned { get; set; }

    /// <summary>Gets or sets DATA chunks received more than once.</summary>
    public long Duplicates { get; set; }

    /// <summary>Gets or sets DATA chunks dropped because the peer ignored the window or another limit.</summary>
    public long DataDropped { get; set; }
}
