namespace EventMeet.Broker.Queues;

/// <summary>Where a stored message stands; the numbers are those of Service Bus's x-opt-message-state.</summary>
internal enum MessageState
{
    /// <summary>To be received, or being received.</summary>
    Active = 0,

    /// <summary>Set aside, to be fetched by its sequence number.</summary>
    Deferred = 1,

    /// <summary>Not visible yet.</summary>
    Scheduled = 2,
}
