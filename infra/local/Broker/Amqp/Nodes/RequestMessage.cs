using EventMeet.Broker.Amqp.Messages;
using EventMeet.Broker.Amqp.Types;

namespace EventMeet.Broker.Amqp.Nodes;

/// <summary>A request to <c>$cbs</c> or <c>$management</c>, taken apart.</summary>
internal sealed record RequestMessage(object? MessageId, string? ReplyTo, AmqpMap Properties, object? Body)
{
    private const int MessageIdField = 0;
    private const int ReplyToField = 4;

    internal static RequestMessage? Read(ReadOnlySpan<byte> encoded)
    {
        object?[] properties = [];
        AmqpMap application = [];
        object? body = null;
        var sections = new SectionReader(encoded);
        while (!sections.AtEnd)
        {
            if (!sections.TryNext(out var descriptor, out _, out var value))
            {
                return null;
            }

            var reader = new AmqpReader(value);
            if (descriptor < Descriptors.Properties || !reader.TryRead(out var read))
            {
                continue;
            }

            switch (descriptor)
            {
                case Descriptors.Properties:
                    properties = read as object?[] ?? properties;
                    break;
                case Descriptors.ApplicationProperties:
                    application = read as AmqpMap ?? application;
                    break;
                case Descriptors.AmqpValue or Descriptors.Data:
                    body = read;
                    break;
            }
        }

        return new RequestMessage(
            properties.Length > MessageIdField ? properties[MessageIdField] : null,
            properties.Length > ReplyToField ? properties[ReplyToField] as string : null,
            application,
            body
        );
    }
}
