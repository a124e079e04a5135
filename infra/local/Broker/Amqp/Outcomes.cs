using EventMeet.Broker.Amqp.Types;

namespace EventMeet.Broker.Amqp;

/// <summary>AMQP 1.0 section 3.4: what became of a delivery.</summary>
internal static class Outcomes
{
    internal static readonly Described Accepted = new(Descriptors.Accepted, Array.Empty<object?>());
    internal static readonly Described Released = new(Descriptors.Released, Array.Empty<object?>());

    internal static Described Rejected(AmqpError error) => new(Descriptors.Rejected, new object?[] { error.ToValue() });

    internal static AmqpError? ErrorOf(Described rejected) =>
        rejected.Value is object?[] { Length: > 0 } fields ? AmqpError.From(fields[0]) : null;

    /// <summary>Reads <c>modified</c>: whether it is undeliverable here, which defers it, and what to set on the message.</summary>
    internal static (bool UndeliverableHere, AmqpMap? Properties) ModifiedFields(Described modified) =>
        modified.Value is object?[] fields
            ? (fields.Length > 1 && fields[1] is true, fields.Length > 2 ? fields[2] as AmqpMap : null)
            : (false, null);
}
