namespace EventMeet.Broker.Queues;

/// <summary>How one queue behaves; the defaults are Service Bus's, except where a single machine wants less.</summary>
internal sealed record QueueOptions
{
    /// <summary>Gets a value indicating whether messages belong to sessions, each received in order by one receiver.</summary>
    internal bool RequiresSession { get; init; }

    /// <summary>Gets how long a receiver has a message or session for itself, 1 s to 5 min.</summary>
    internal TimeSpan LockDuration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets how often a message is tried before it is dead-lettered; 0 for no limit.</summary>
    internal int MaxDeliveryCount { get; init; } = 5;

    /// <summary>Gets how long a message id is remembered; zero turns duplicate detection off.</summary>
    internal TimeSpan DuplicateWindow { get; init; }

    /// <summary>Gets how long a message lives at most; null for as long as its sender says.</summary>
    internal TimeSpan? TimeToLive { get; init; }

    /// <summary>Gets a value indicating whether expired messages are dead-lettered instead of dropped.</summary>
    internal bool DeadLetterExpired { get; init; }

    /// <summary>Gets a value indicating whether a receiver that is gone has no locks any more, where Service Bus waits for them.</summary>
    internal bool ReleaseOnDisconnect { get; init; }

    /// <summary>Gets how many messages the queue holds.</summary>
    internal int MaxMessages { get; init; } = 100_000;

    /// <summary>Gets how many bytes of messages the queue holds.</summary>
    internal long MaxBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Gets how many message ids the duplicate detection remembers.</summary>
    internal int MaxRememberedIds { get; init; } = 200_000;

    /// <summary>Gets how many sessions may have messages or state.</summary>
    internal int MaxSessions { get; init; } = 10_000;
}
