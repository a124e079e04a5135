using EventMeet.Broker.Amqp.Types;

namespace EventMeet.Broker.Amqp.Nodes;

/// <summary>What a request is answered with.</summary>
/// <param name="Status">As in HTTP.</param>
/// <param name="Description">The same in words.</param>
internal sealed record ReplyMessage(int Status, string Description)
{
    private const int CorrelationIdField = 5;

    /// <summary>Gets the error condition, or null.</summary>
    internal string? Condition { get; init; }

    /// <summary>Gets the body, or null.</summary>
    internal AmqpMap? Body { get; init; }

    internal static ReplyMessage Ok(AmqpMap? body = null) => new(200, "OK") { Body = body ?? [] };

    internal static ReplyMessage Bad(string description) =>
        new(400, description) { Condition = AmqpError.InvalidField };

    internal static ReplyMessage Lost(string condition) =>
        new(410, "The lock supplied is invalid.") { Condition = condition };

    internal static ReplyMessage Failed(AmqpError error) =>
        new(error.Condition is AmqpError.LimitExceeded ? 403 : 400, error.Description ?? "")
        {
            Condition = error.Condition,
        };

    /// <summary>Encodes it. The status is there twice: clients read either spelling.</summary>
    internal byte[] Encode(object? correlationId)
    {
        var writer = new AmqpWriter();
        var properties = new object?[CorrelationIdField + 1];
        properties[CorrelationIdField] = correlationId;
        writer.Descriptor(Descriptors.Properties);
        writer.Value(properties);
        var application = new AmqpMap
        {
            { "statusCode", Status },
            { "status-code", Status },
            { "statusDescription", Description },
            { "status-description", Description },
        };
        if (Condition is not null)
        {
            application.Add("errorCondition", new Symbol(Condition));
            application.Add("error-condition", new Symbol(Condition));
        }

        writer.Descriptor(Descriptors.ApplicationProperties);
        writer.Value(application);
        writer.Descriptor(Descriptors.AmqpValue);
        writer.Value(Body);
        return writer.ToArray();
    }
}
