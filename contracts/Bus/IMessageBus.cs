namespace EventMeet.Contracts.Bus;

/// <summary>The message bus as this product uses it: AMQP 1.0 in Service Bus's dialect.</summary>
public interface IMessageBus : IAsyncDisposable
{
    /// <summary>Sends messages to one entity; returns when the broker has stored them all.</summary>
    /// <param name="entity">A name of <see cref="BusEntities"/>.</param>
    /// <param name="messages">What to send, in order.</param>
    /// <param name="cancellationToken">Stops waiting; the messages may have been sent all the same.</param>
    Task SendAsync(string entity, IReadOnlyList<BusMessage> messages, CancellationToken cancellationToken);

    /// <summary>Stores a message that becomes visible later.</summary>
    /// <param name="entity">A name of <see cref="BusEntities"/>.</param>
    /// <param name="message">What to send.</param>
    /// <param name="enqueueAt">When it becomes visible.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The sequence number that cancels it.</returns>
    Task<long> ScheduleAsync(
        string entity,
        BusMessage message,
        DateTimeOffset enqueueAt,
        CancellationToken cancellationToken
    );

    /// <summary>Takes a scheduled message back; one that has already become visible is no error.</summary>
    /// <param name="entity">A name of <see cref="BusEntities"/>.</param>
    /// <param name="sequenceNumber">What <see cref="ScheduleAsync"/> returned.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task CancelScheduledAsync(string entity, long sequenceNumber, CancellationToken cancellationToken);

    /// <summary>Opens a receiver. It connects by itself, and again after every loss, until it is disposed of.</summary>
    /// <param name="entity">A name of <see cref="BusEntities"/>, or one of its sub-queues.</param>
    /// <param name="options">Credit, and the session to hold if the entity has sessions.</param>
    IMessageReceiver Receive(string entity, ReceiveOptions options);
}

/// <summary>Receives under peek-lock: every message is settled by exactly one of the calls below, or its lock expires.</summary>
public interface IMessageReceiver : IAsyncDisposable
{
    /// <summary>Waits for the next message.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<ReceivedMessage> ReceiveAsync(CancellationToken cancellationToken);

    /// <summary>The message is done with. Returns false when its lock was lost: it will come again.</summary>
    Task<bool> CompleteAsync(ReceivedMessage message, CancellationToken cancellationToken);

    /// <summary>Give the message back; it comes again at once with a higher delivery count.</summary>
    Task<bool> AbandonAsync(ReceivedMessage message, CancellationToken cancellationToken);

    /// <summary>Move the message to the dead-letter queue.</summary>
    Task<bool> DeadLetterAsync(
        ReceivedMessage message,
        string reason,
        string description,
        CancellationToken cancellationToken
    );

    /// <summary>Lock the message for another lock duration; returns when the new lock ends, or null if it was lost.</summary>
    Task<DateTimeOffset?> RenewLockAsync(ReceivedMessage message, CancellationToken cancellationToken);
}

/// <summary>How a receiver receives.</summary>
/// <param name="Credit">Most messages locked at once, 1 to 500.</param>
/// <param name="SessionId">The session to hold; null for an entity without sessions.</param>
public sealed record ReceiveOptions(int Credit, string? SessionId = null);

/// <summary>A message to send, in the CloudEvents 1.0 AMQP binding's binary mode.</summary>
/// <param name="Id">CloudEvents id and AMQP message-id: the broker drops a second one within its window.</param>
/// <param name="Type">CloudEvents type, see <see cref="Messages.MessageTypes"/>.</param>
/// <param name="Source">CloudEvents source: who sends.</param>
/// <param name="Time">When it became true.</param>
/// <param name="Body">UTF-8 JSON.</param>
public sealed record BusMessage(string Id, string Type, string Source, DateTimeOffset Time, ReadOnlyMemory<byte> Body)
{
    /// <summary>Gets the CloudEvents subject, usually a room's id.</summary>
    public string? Subject { get; init; }

    /// <summary>Gets the session on an entity with sessions.</summary>
    public string? SessionId { get; init; }

    /// <summary>Gets what this message answers or follows.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Gets the W3C trace context.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Gets how long the message is worth delivering; null for the entity's own limit.</summary>
    public TimeSpan? TimeToLive { get; init; }
}

/// <summary>A message under lock.</summary>
/// <param name="Message">What was sent.</param>
/// <param name="LockToken">The lock; opaque.</param>
/// <param name="DeliveryCount">How often it was delivered before, from 0.</param>
/// <param name="SequenceNumber">The broker's number for it.</param>
/// <param name="EnqueuedAt">When it became visible.</param>
/// <param name="LockedUntil">When the lock ends.</param>
public sealed record ReceivedMessage(
    BusMessage Message,
    Guid LockToken,
    int DeliveryCount,
    long SequenceNumber,
    DateTimeOffset EnqueuedAt,
    DateTimeOffset LockedUntil
);
