using EventMeet.Broker.Amqp.Types;

namespace EventMeet.Broker.Amqp.Messages;

/// <summary>Changes a stored message's application properties; everything else keeps its bytes.</summary>
internal static class MessageEditing
{
    internal const string DeadLetterReason = "DeadLetterReason";
    internal const string DeadLetterDescription = "DeadLetterErrorDescription";

    // Properties that receivers add may not make a message larger without limit (Service Bus: 64 KB in all).
    private const int MaxPropertiesLength = 64 * 1024;

    /// <summary>Sets properties; beyond 64 KiB in all the message stays as it is.</summary>
    internal static byte[] SetProperties(byte[] content, AmqpMap changes)
    {
        var before = new AmqpWriter();
        var after = new AmqpWriter();
        AmqpMap properties = [];
        var sections = new SectionReader(content);
        while (sections.TryNext(out var descriptor, out var section, out var value))
        {
            if (descriptor == Descriptors.ApplicationProperties)
            {
                var reader = new AmqpReader(value);
                properties = reader.TryRead(out var read) && read is AmqpMap map ? map : properties;
            }
            else
            {
                (descriptor < Descriptors.ApplicationProperties ? before : after).Raw(section);
            }
        }

        foreach (var (key, value) in changes)
        {
            if (key is string or Symbol)
            {
                properties.Set(key.ToString()!, value);
            }
        }

        var start = before.Buffer.Length;
        before.Descriptor(Descriptors.ApplicationProperties);
        before.Value(properties);
        if (before.Buffer.Length - start > MaxPropertiesLength)
        {
            return content;
        }

        before.Raw(after.Buffer.Written);
        return before.ToArray();
    }

    /// <summary>Writes why a message was given up.</summary>
    internal static byte[] SetDeadLetterReason(byte[] content, string reason, string description) =>
        SetProperties(content, new AmqpMap { { DeadLetterReason, reason }, { DeadLetterDescription, description } });
}
