using EventMeet.Broker.Amqp.Messages;
using EventMeet.Broker.Amqp.Types;
using EventMeet.Broker.Queues;

namespace EventMeet.Broker.Amqp.Links;

/// <summary>Does to a queue what a receiver's outcome asks for.</summary>
internal static class Outcome
{
    /// <summary>Applies an outcome. False when the lock is lost.</summary>
    internal static bool TryApply(MessageQueue queue, Guid lockToken, Described? state, DateTimeOffset now)
    {
        switch (state is null ? Descriptors.Released : Descriptors.Of(state))
        {
            case Descriptors.Accepted:
                return queue.Complete(lockToken);
            case Descriptors.Rejected:
                return queue.DeadLetter(lockToken, Rejection(Outcomes.ErrorOf(state!)), now);
            case Descriptors.Modified:
                var (undeliverableHere, properties) = Outcomes.ModifiedFields(state!);
                return undeliverableHere
                    ? queue.Defer(lockToken, Editing(properties))
                    : queue.Abandon(lockToken, counted: true, Editing(properties), now);
            default:
                return queue.Abandon(lockToken, counted: false, null, now);
        }
    }

    internal static Func<byte[], byte[]>? Editing(AmqpMap? properties) =>
        properties is { Count: > 0 } ? content => MessageEditing.SetProperties(content, properties) : null;

    /// <summary>Reason and description come in the error's info, or are its condition and description.</summary>
    private static Func<byte[], byte[]>? Rejection(AmqpError? error)
    {
        if (error is null)
        {
            return null;
        }

        var properties = new AmqpMap();
        foreach (var (key, value) in error.Info ?? [])
        {
            if (key is string or Symbol && value is not null)
            {
                properties.Set(key.ToString()!, value);
            }
        }

        SetIfMissing(properties, MessageEditing.DeadLetterReason, error.Condition);
        SetIfMissing(properties, MessageEditing.DeadLetterDescription, error.Description);
        return Editing(properties);
    }

    private static void SetIfMissing(AmqpMap properties, string name, string? value)
    {
        if (value is not null && !properties.Contains(name))
        {
            properties.Add(name, value);
        }
    }
}
