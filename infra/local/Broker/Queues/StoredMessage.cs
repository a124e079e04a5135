namespace EventMeet.Broker.Queues;

/// <summary>A message in a queue. The lock is not durable: a broker that starts again has locked nothing.</summary>
internal sealed class StoredMessage
{
    internal required long SequenceNumber { get; init; }

    internal required DateTimeOffset EnqueuedAt { get; init; }

    internal required byte[] Content { get; set; }

    internal DateTimeOffset ExpiresAt { get; init; } = DateTimeOffset.MaxValue;

    internal DateTimeOffset? ScheduledFor { get; init; }

    internal MessageState State { get; set; }

    internal int DeliveryCount { get; set; }

    internal string? MessageId { get; init; }

    internal string? SessionId { get; init; }

    internal string? DeadLetterSource { get; init; }

    /// <summary>Gets or sets the lock's token; empty when nobody holds it.</summary>
    internal Guid LockToken { get; set; }

    internal DateTimeOffset LockedUntil { get; set; }

    internal IConsumer? Holder { get; set; }

    internal bool IsLocked => LockToken != Guid.Empty;
}
