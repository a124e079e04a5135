using System.Diagnostics;
using System.Globalization;
using Amqp;
using Amqp.Framing;
using Amqp.Types;

namespace EventMeet.Contracts.Bus;

/*  CloudEvents 1.0 AMQP binding, section 3.1, binary content mode:
      properties              message-id = id, content-type = datacontenttype, group-id = session, correlation-id
      application-properties  cloudEvents:specversion, :id, :type, :source, :time, :subject; traceparent
      body                    one data section                                                              */
internal static class CloudEventsBinding
{
    private const string Prefix = "cloudEvents:";

    // The binding allows the underscore too, for brokers that cannot carry a colon.
    private const string OtherPrefix = "cloudEvents_";
    private const string TraceParent = "traceparent";
    private const string ContentType = "application/json";

    internal static Message ToAmqp(BusMessage message)
    {
        var amqp = new Message
        {
            Header = new Header { Durable = true },
            Properties = new Properties { MessageId = message.Id, ContentType = ContentType },
            ApplicationProperties = new ApplicationProperties
            {
                [Prefix + "specversion"] = "1.0",
                [Prefix + "id"] = message.Id,
                [Prefix + "type"] = message.Type,
                [Prefix + "source"] = message.Source,
                [Prefix + "time"] = message.Time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture),
            },
            BodySection = new Data { Binary = message.Body.ToArray() },
        };
        if (message.Subject is { } subject)
        {
            amqp.ApplicationProperties[Prefix + "subject"] = subject;
            amqp.Properties.Subject = subject;
        }

        if ((message.TraceParent ?? Activity.Current?.Id) is { } traceParent)
        {
            amqp.ApplicationProperties[TraceParent] = traceParent;
        }

        if (message.SessionId is { } session)
        {
            amqp.Properties.GroupId = session;
        }

        if (message.CorrelationId is { } correlation)
        {
            amqp.Properties.CorrelationId = correlation;
        }

        if (message.TimeToLive is { } timeToLive)
        {
            amqp.Header.Ttl = (uint)Math.Clamp(timeToLive.TotalMilliseconds, 1, uint.MaxValue);
        }

        return amqp;
    }

    /// <summary>Reads a message; what is missing or of another type becomes empty or null, for the handler to judge.</summary>
    internal static BusMessage FromAmqp(Message amqp, DateTimeOffset enqueuedAt)
    {
        var id = amqp.Properties?.GetMessageId()?.ToString();
        var time = Attribute(amqp, "time");
        return new BusMessage(
            id ?? Attribute(amqp, "id") ?? "",
            Attribute(amqp, "type") ?? "",
            Attribute(amqp, "source") ?? "",
            DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, out var parsed) ? parsed : enqueuedAt,
            BodyOf(amqp)
        )
        {
            Subject = Attribute(amqp, "subject"),
            SessionId = amqp.Properties?.GroupId,
            CorrelationId = amqp.Properties?.GetCorrelationId()?.ToString(),
            TraceParent = amqp.ApplicationProperties?[TraceParent] as string,
            TimeToLive = amqp.Header is { } header && header.HasField(2) ? TimeSpan.FromMilliseconds(header.Ttl) : null,
        };
    }

    internal static ReceivedMessage ToReceived(Message amqp, Guid lockToken, DateTimeOffset now)
    {
        var enqueuedAt = Annotation(amqp, "x-opt-enqueued-time") is DateTime enqueued ? Utc(enqueued) : now;
        return new ReceivedMessage(
            FromAmqp(amqp, enqueuedAt),
            lockToken,
            (int)Math.Min(amqp.Header?.DeliveryCount ?? 0, int.MaxValue),
            Annotation(amqp, "x-opt-sequence-number") is long sequenceNumber ? sequenceNumber : 0,
            enqueuedAt,
            Annotation(amqp, "x-opt-locked-until") is DateTime lockedUntil ? Utc(lockedUntil) : DateTimeOffset.MaxValue
        );
    }

    internal static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));

    private static object? Annotation(Message amqp, string name) => amqp.MessageAnnotations?[new Symbol(name)];

    private static string? Attribute(Message amqp, string name)
    {
        var properties = amqp.ApplicationProperties;
        return (properties?[Prefix + name] ?? properties?[OtherPrefix + name]) switch
        {
            null => null,
            string text => text,
            DateTime time => Utc(time).ToString("O", CultureInfo.InvariantCulture),
            var other => Convert.ToString(other, CultureInfo.InvariantCulture),
        };
    }

    private static ReadOnlyMemory<byte> BodyOf(Message amqp) =>
        amqp.BodySection switch
        {
            Data data => data.Binary ?? [],
            DataList list => Joined(list),
            AmqpValue { Value: byte[] bytes } => bytes,
            AmqpValue { Value: string text } => System.Text.Encoding.UTF8.GetBytes(text),
            _ => ReadOnlyMemory<byte>.Empty,
        };

    private static byte[] Joined(DataList list)
    {
        using var joined = new MemoryStream();
        for (var i = 0; i < list.Count; i++)
        {
            joined.Write(list[i].Binary ?? []);
        }

        return joined.ToArray();
    }
}
