using System.Collections.Frozen;

namespace EventMeet.Broker.Amqp.Types;

/// <summary>The descriptors of AMQP 1.0's performatives, outcomes, sections and terminus types.</summary>
internal static class Descriptors
{
    internal const ulong Open = 0x10;
    internal const ulong Begin = 0x11;
    internal const ulong Attach = 0x12;
    internal const ulong Flow = 0x13;
    internal const ulong Transfer = 0x14;
    internal const ulong Disposition = 0x15;
    internal const ulong Detach = 0x16;
    internal const ulong End = 0x17;
    internal const ulong Close = 0x18;
    internal const ulong Error = 0x1D;
    internal const ulong Received = 0x23;
    internal const ulong Accepted = 0x24;
    internal const ulong Rejected = 0x25;
    internal const ulong Released = 0x26;
    internal const ulong Modified = 0x27;
    internal const ulong Source = 0x28;
    internal const ulong Target = 0x29;
    internal const ulong Coordinator = 0x30;
    internal const ulong SaslMechanisms = 0x40;
    internal const ulong SaslInit = 0x41;
    internal const ulong SaslOutcome = 0x44;
    internal const ulong Header = 0x70;
    internal const ulong DeliveryAnnotations = 0x71;
    internal const ulong MessageAnnotations = 0x72;
    internal const ulong Properties = 0x73;
    internal const ulong ApplicationProperties = 0x74;
    internal const ulong Data = 0x75;
    internal const ulong AmqpSequence = 0x76;
    internal const ulong AmqpValue = 0x77;
    internal const ulong Footer = 0x78;

    private static readonly FrozenDictionary<string, ulong> ByName = new Dictionary<string, ulong>(
        StringComparer.Ordinal
    )
    {
        ["amqp:open:list"] = Open,
        ["amqp:begin:list"] = Begin,
        ["amqp:attach:list"] = Attach,
        ["amqp:flow:list"] = Flow,
        ["amqp:transfer:list"] = Transfer,
        ["amqp:disposition:list"] = Disposition,
        ["amqp:detach:list"] = Detach,
        ["amqp:end:list"] = End,
        ["amqp:close:list"] = Close,
        ["amqp:error:list"] = Error,
        ["amqp:received:list"] = Received,
        ["amqp:accepted:list"] = Accepted,
        ["amqp:rejected:list"] = Rejected,
        ["amqp:released:list"] = Released,
        ["amqp:modified:list"] = Modified,
        ["amqp:source:list"] = Source,
        ["amqp:target:list"] = Target,
        ["amqp:coordinator:list"] = Coordinator,
        ["amqp:sasl-mechanisms:list"] = SaslMechanisms,
        ["amqp:sasl-init:list"] = SaslInit,
        ["amqp:sasl-outcome:list"] = SaslOutcome,
        ["amqp:header:list"] = Header,
        ["amqp:delivery-annotations:map"] = DeliveryAnnotations,
        ["amqp:message-annotations:map"] = MessageAnnotations,
        ["amqp:properties:list"] = Properties,
        ["amqp:application-properties:map"] = ApplicationProperties,
        ["amqp:data:binary"] = Data,
        ["amqp:amqp-sequence:list"] = AmqpSequence,
        ["amqp:amqp-value:*"] = AmqpValue,
        ["amqp:footer:map"] = Footer,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    internal static bool TryFromName(string name, out ulong descriptor) => ByName.TryGetValue(name, out descriptor);

    /// <summary>Gets a described value's descriptor in its numeric form, or 0 when it is none of these.</summary>
    internal static ulong Of(Described described) =>
        described.Descriptor switch
        {
            ulong number => number,
            Symbol symbol when ByName.TryGetValue(symbol.Text, out var number) => number,
            _ => 0,
        };
}
