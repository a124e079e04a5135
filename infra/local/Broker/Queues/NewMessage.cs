namespace EventMeet.Broker.Queues;

/// <summary>A message to be stored.</summary>
internal sealed record NewMessage
{
    /// <summary>Gets what the duplicate detection compares.</summary>
    internal string? MessageId { get; init; }

    /// <summary>Gets the session, on a queue that has them.</summary>
    internal string? SessionId { get; init; }

    /// <summary>Gets how long it is worth delivering.</summary>
    internal TimeSpan? TimeToLive { get; init; }

    /// <summary>Gets when it becomes visible; null for now.</summary>
    internal DateTimeOffset? ScheduledFor { get; init; }

    /// <summary>Gets the message itself; the queue does not look into it.</summary>
    internal required byte[] Content { get; init; }
}
