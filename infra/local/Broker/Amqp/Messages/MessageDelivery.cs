using EventMeet.Broker.Amqp.Types;
using EventMeet.Broker.Queues;

namespace EventMeet.Broker.Amqp.Messages;

/// <summary>Makes the message that a receiver gets from one that is stored.</summary>
internal static class MessageDelivery
{
    internal static void Write(StoredMessage message, bool withLock, AmqpWriter writer)
    {
        WriteHeader(message, writer);
        var sections = new SectionReader(message.Content);
        var rest = message.Content.AsSpan();
        AmqpMap annotations = [];
        if (
            sections.TryNext(out var descriptor, out var section, out var value)
            && descriptor == Descriptors.MessageAnnotations
        )
        {
            var reader = new AmqpReader(value);
            annotations = reader.TryRead(out var read) && read is AmqpMap map ? map : [];
            rest = rest[section.Length..];
        }

        Annotate(message, withLock, annotations);
        writer.Descriptor(Descriptors.MessageAnnotations);
        writer.Value(annotations);
        writer.Raw(rest);
    }

    private static void WriteHeader(StoredMessage message, AmqpWriter writer)
    {
        writer.BeginList(Descriptors.Header);
        writer.Bool(true);
        writer.Null();
        writer.UInt(
            message.ExpiresAt == DateTimeOffset.MaxValue
                ? null
                : (uint)Math.Clamp((message.ExpiresAt - message.EnqueuedAt).TotalMilliseconds, 0, uint.MaxValue)
        );
        writer.Null();
        writer.UInt((uint)message.DeliveryCount);
        writer.EndList();
    }

    private static void Annotate(StoredMessage message, bool withLock, AmqpMap annotations)
    {
        Set(annotations, BrokerAnnotations.SequenceNumber, message.SequenceNumber);
        Set(annotations, BrokerAnnotations.EnqueuedTime, Timestamp.From(message.EnqueuedAt));
        Set(annotations, BrokerAnnotations.MessageState, (int)message.State);
        if (message.State is not MessageState.Scheduled)
        {
            annotations.RemoveKey(BrokerAnnotations.ScheduledEnqueueTime);
        }

        if (message.DeadLetterSource is { } source)
        {
            Set(annotations, BrokerAnnotations.DeadLetterSource, source);
        }

        if (withLock)
        {
            Set(annotations, BrokerAnnotations.LockedUntil, Timestamp.From(message.LockedUntil));
        }
    }

    private static void Set(AmqpMap annotations, string name, object value) => annotations.Set(new Symbol(name), value);
}
