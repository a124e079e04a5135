namespace EventMeet.Media.Sctp.DataChannels;

/// <summary>What a data channel promises (RFC 8832 section 5.1). At most one of the two limits is set.</summary>
internal sealed record DataChannelParameters
{
    /// <summary>The longest label or protocol we take, in bytes of UTF-8.</summary>
    public const int MaxNameLength = 1024;

    /// <summary>Gets the label.</summary>
    public string Label { get; init; } = string.Empty;

    /// <summary>Gets the subprotocol.</summary>
    public string Protocol { get; init; } = string.Empty;

    /// <summary>Gets a value indicating whether messages arrive in the order they were sent.</summary>
    public bool Ordered { get; init; } = true;

    /// <summary>Gets how often a message is sent again at most; null: until it arrives.</summary>
    public ushort? MaxRetransmits { get; init; }

    /// <summary>Gets for how long a message is sent again at most, in whole milliseconds; null: until it arrives.</summary>
    public TimeSpan? MaxPacketLifeTime { get; init; }

    /// <summary>Gets the share against other channels (RFC 8831 section 6.4): 128, 256, 512 or 1024.</summary>
    public ushort Priority { get; init; } = 256;
}
