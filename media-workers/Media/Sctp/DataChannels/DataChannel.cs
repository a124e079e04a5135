namespace EventMeet.Media.Sctp.DataChannels;

/// <summary>One channel: a stream in each direction with the same number (RFC 8831 section 6.2).</summary>
internal sealed class DataChannel(ushort streamId, DataChannelParameters parameters, DataChannelState state)
{
    /// <summary>Gets the number of both streams.</summary>
    public ushort StreamId { get; } = streamId;

    /// <summary>Gets what it promises.</summary>
    public DataChannelParameters Parameters { get; } = parameters;

    /// <summary>Gets or sets where it is in its life.</summary>
    public DataChannelState State { get; set; } = state;

    /// <summary>Gets a value indicating whether both sides knew of it beforehand, so that no DCEP is spoken.</summary>
    public bool IsNegotiated { get; init; }

    /// <summary>Gets or sets a value indicating whether the peer has reset its stream.</summary>
    public bool IsIncomingReset { get; set; }

    /// <summary>Gets or sets a value indicating whether our stream is reset.</summary>
    public bool IsOutgoingReset { get; set; }
}

/// <summary>Where a channel is in its life.</summary>
internal enum DataChannelState
{
    /// <summary>We have sent DATA_CHANNEL_OPEN, or the association is not established yet. Messages may be sent.</summary>
    Opening,

    /// <summary>Both sides know it.</summary>
    Open,

    /// <summary>One side has reset its stream, or is about to.</summary>
    Closing,
}
