namespace EventMeet.Broker.Queues;

/// <summary>Whether messages were taken.</summary>
internal enum EnqueueResult
{
    /// <summary>They are in the queue, or were before: a duplicate counts as taken.</summary>
    Taken,

    /// <summary>The queue is full; none of them was taken.</summary>
    Full,

    /// <summary>The queue has sessions and a message has none; none of them was taken.</summary>
    SessionMissing,
}
