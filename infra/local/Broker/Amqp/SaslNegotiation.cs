using EventMeet.Broker.Amqp.Types;

namespace EventMeet.Broker.Amqp;

/*  AMQP 1.0 section 5.3.  ANONYMOUS (RFC 4505): anyone; a token must follow over $cbs.
    PLAIN (RFC 4616):      authorization id NUL authentication id NUL password; here the key's name and the key.  */

/// <summary>Both mechanisms take one frame.</summary>
internal sealed class SaslNegotiation(SharedAccessVerifier verifier, Authorization authorization)
{
    private const byte Ok = 0;
    private const byte Refused = 1;
    private static readonly string[] Mechanisms = ["PLAIN", "ANONYMOUS", "MSSBCBS"];

    internal static void WriteMechanisms(AmqpWriter writer)
    {
        writer.BeginList(Descriptors.SaslMechanisms);
        writer.Value(AmqpArray.Of(Mechanisms.Select(name => new Symbol(name))));
        writer.EndList();
    }

    /// <summary>Reads <c>sasl-init</c> and writes <c>sasl-outcome</c>.</summary>
    internal bool HandleInit(AmqpReader reader, AmqpWriter writer)
    {
        var there = FieldReader.TryOpen(reader, out var fields);
        var mechanism = fields.Text();
        var response = fields.Binary();
        var accepted =
            there
            && !fields.Failed
            && mechanism switch
            {
                // Service Bus offers MSSBCBS for the same: an anonymous client that will put tokens.
                "ANONYMOUS" or "MSSBCBS" => true,
                "PLAIN" => IsKey(response),
                _ => false,
            };
        writer.BeginList(Descriptors.SaslOutcome);
        writer.UByte(accepted ? Ok : Refused);
        writer.EndList();
        return accepted;
    }

    private bool IsKey(ReadOnlySpan<byte> response)
    {
        var first = response.IndexOf((byte)0);
        var second = first < 0 ? -1 : response[(first + 1)..].IndexOf((byte)0);
        if (second < 0)
        {
            return false;
        }

        var name = response.Slice(first + 1, second);
        var key = response[(first + second + 2)..];
        if (!verifier.IsKey(name, key))
        {
            return false;
        }

        authorization.AllowEverything();
        return true;
    }
}
