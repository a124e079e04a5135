using System.Security.Cryptography;
using EventMeet.Broker.Amqp.Links;
using EventMeet.Broker.Amqp.Messages;
using EventMeet.Broker.Amqp.Types;
using EventMeet.Broker.Queues;

namespace EventMeet.Broker.Amqp.Nodes;

/// <summary>A queue, or a topic: then every subscription gets the message.</summary>
internal sealed class EntityNode(IReadOnlyList<MessageQueue> targets) : IMessageTarget
{
    private const int MaxBatchMessages = 4500;

    public bool NeedsToken => true;

    public void HandleMessage(IncomingLink link, IncomingMessage message, ReadOnlySpan<byte> encoded)
    {
        var messages = new List<NewMessage>();
        var read =
            message.Format == IncomingLink.BatchFormat ? TryReadBatch(encoded, messages) : TryRead(encoded, messages);
        var error = read
            ? Publish(targets, messages, link.Connection.Now, null)
            : new AmqpError(AmqpError.DecodeError, "The message cannot be read.");
        link.Broker.WhenDurable(() => link.Settle(message, error));
    }

    /// <summary>Stores messages in every target, in all of them or none.</summary>
    internal static AmqpError? Publish(
        IReadOnlyList<MessageQueue> targets,
        IReadOnlyList<NewMessage> messages,
        DateTimeOffset now,
        ICollection<long>? sequenceNumbers
    )
    {
        var bytes = messages.Sum(message => (long)message.Content.Length);
        if (targets.Any(target => !target.Capacity.HasRoomFor(messages.Count, bytes)))
        {
            return Full();
        }

        foreach (var target in targets)
        {
            switch (target.Enqueue(messages, now, sequenceNumbers))
            {
                case EnqueueResult.Full:
                    return Full();
                case EnqueueResult.SessionMissing:
                    const string Text =
                        "The SessionId was not set on a message, and it cannot be sent to an entity that has sessions.";
                    return new AmqpError(AmqpError.NotAllowed, Text);
                default:
                    continue;
            }
        }

        return null;
    }

    internal static bool TryRead(ReadOnlySpan<byte> encoded, List<NewMessage> messages)
    {
        var read = MessageIntake.TryRead(encoded, NewMessageId, out var message);
        messages.Add(message);
        return read;
    }

    private static bool TryReadBatch(ReadOnlySpan<byte> encoded, List<NewMessage> messages)
    {
        var sections = new SectionReader(encoded);
        while (!sections.AtEnd)
        {
            if (!sections.TryNext(out var descriptor, out _, out var value))
            {
                return false;
            }

            if (descriptor != Descriptors.Data)
            {
                continue;
            }

            var reader = new AmqpReader(value);
            if (
                messages.Count >= MaxBatchMessages
                || !reader.TryRead(out var data)
                || data is not byte[] inner
                || !TryRead(inner, messages)
            )
            {
                return false;
            }
        }

        return messages.Count > 0;
    }

    private static AmqpError Full() => new(AmqpError.LimitExceeded, "The entity is full.");

    private static string NewMessageId() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
