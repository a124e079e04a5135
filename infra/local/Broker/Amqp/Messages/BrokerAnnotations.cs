namespace EventMeet.Broker.Amqp.Messages;

/// <summary>The message annotations that Service Bus gives a meaning.</summary>
internal static class BrokerAnnotations
{
    internal const string ScheduledEnqueueTime = "x-opt-scheduled-enqueue-time";
    internal const string SequenceNumber = "x-opt-sequence-number";
    internal const string EnqueuedSequenceNumber = "x-opt-enqueue-sequence-number";
    internal const string EnqueuedTime = "x-opt-enqueued-time";
    internal const string LockedUntil = "x-opt-locked-until";
    internal const string MessageState = "x-opt-message-state";
    internal const string DeadLetterSource = "x-opt-deadletter-source";

    /// <summary>Gets those that only the broker writes; a sender's are dropped.</summary>
    internal static IReadOnlyList<string> Own { get; } =
    [SequenceNumber, EnqueuedSequenceNumber, EnqueuedTime, LockedUntil, MessageState, DeadLetterSource];
}
