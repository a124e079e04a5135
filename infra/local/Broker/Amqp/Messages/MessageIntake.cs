using System.Globalization;
using EventMeet.Broker.Amqp.Types;
using EventMeet.Broker.Queues;

namespace EventMeet.Broker.Amqp.Messages;

/// <summary>
/// Reads an arriving message once: what the queue must know of it, and the content that is kept. Kept are the sender's
/// annotations and everything from the properties on, as they came; the header and what concerns one hop are dropped.
/// </summary>
internal static class MessageIntake
{
    private const int TtlField = 2;
    private const int MessageIdField = 0;
    private const int GroupIdField = 10;
    private const int MaxMessageIdLength = 128;

    /// <summary>Reads a message.</summary>
    /// <param name="encoded">The message as the sender encoded it.</param>
    /// <param name="newId">Makes an id for a message without one: the official JavaScript client cannot receive such.</param>
    /// <param name="message">What to store.</param>
    /// <returns>False when the bytes are no message.</returns>
    internal static bool TryRead(ReadOnlySpan<byte> encoded, Func<string> newId, out NewMessage message)
    {
        message = new NewMessage { Content = [] };
        var sections = new SectionReader(encoded);
        var content = new AmqpWriter(new GrowingBuffer(encoded.Length + 64));
        var hasProperties = false;
        var lastSection = 0ul;
        while (!sections.AtEnd)
        {
            if (!sections.TryNext(out var descriptor, out var section, out var value) || descriptor < lastSection)
            {
                return false;
            }

            lastSection = descriptor;
            if (descriptor > Descriptors.Properties && !hasProperties)
            {
                hasProperties = true;
                message = message with { MessageId = WriteProperties([], newId, content) };
            }

            switch (descriptor)
            {
                case Descriptors.Header:
                    message = message with { TimeToLive = TimeToLiveOf(value) };
                    break;
                case Descriptors.DeliveryAnnotations:
                    break;
                case Descriptors.MessageAnnotations
                    when TryReadAnnotations(value, out var annotations, out var scheduledFor):
                    message = message with { ScheduledFor = scheduledFor };
                    WriteAnnotations(annotations, content);
                    break;
                case Descriptors.Properties when !hasProperties && TryReadList(value, out var properties):
                    hasProperties = true;
                    message = message with { SessionId = TextAt(properties, GroupIdField) };
                    if (TextAt(properties, MessageIdField) is { Length: > 0 } messageId)
                    {
                        message = message with { MessageId = messageId };
                        content.Raw(section);
                    }
                    else
                    {
                        message = message with { MessageId = WriteProperties(properties, newId, content) };
                    }

                    break;
                case >= Descriptors.ApplicationProperties and <= Descriptors.Footer:
                    content.Raw(section);
                    break;
                default:
                    return false;
            }
        }

        message = message with { Content = content.ToArray() };
        return hasProperties && message.MessageId?.Length <= MaxMessageIdLength;
    }

    private static string WriteProperties(object?[] properties, Func<string> newId, AmqpWriter content)
    {
        var id = newId();
        var fields = properties.Length > 0 ? properties : [null];
        fields[MessageIdField] = id;
        content.Descriptor(Descriptors.Properties);
        content.Value(fields);
        return id;
    }

    private static bool TryReadAnnotations(
        ReadOnlySpan<byte> value,
        out AmqpMap annotations,
        out DateTimeOffset? scheduledFor
    )
    {
        scheduledFor = null;
        var reader = new AmqpReader(value);
        annotations = reader.TryRead(out var read) && read is AmqpMap map ? map : [];
        if (annotations[BrokerAnnotations.ScheduledEnqueueTime] is Timestamp time)
        {
            scheduledFor = time.ToTime();
        }

        foreach (var own in BrokerAnnotations.Own)
        {
            annotations.RemoveKey(own);
        }

        return read is AmqpMap;
    }

    private static void WriteAnnotations(AmqpMap annotations, AmqpWriter content)
    {
        if (annotations.Count > 0)
        {
            content.Descriptor(Descriptors.MessageAnnotations);
            content.Value(annotations);
        }
    }

    private static bool TryReadList(ReadOnlySpan<byte> value, out object?[] fields)
    {
        var reader = new AmqpReader(value);
        fields = reader.TryRead(out var read) && read is object?[] list ? list : [];
        return read is object?[];
    }

    private static TimeSpan? TimeToLiveOf(ReadOnlySpan<byte> header) =>
        TryReadList(header, out var fields) && fields.Length > TtlField && fields[TtlField] is uint milliseconds
            ? TimeSpan.FromMilliseconds(milliseconds)
            : null;

    private static string? TextAt(object?[] fields, int index) =>
        fields.Length <= index
            ? null
            : fields[index] switch
            {
                null => null,
                byte[] bytes => Convert.ToHexString(bytes),
                var value => Convert.ToString(value, CultureInfo.InvariantCulture),
            };
}
