/*  RFC 8866 section 5:  <type>=<value>, one letter, no space around "=";  a=<attribute> or a=<attribute>:<value>  */

namespace EventMeet.Functions.Sdp;

/// <summary>One line of a session description, split only as far as every reader needs it.</summary>
internal sealed class SdpLine
{
    /// <summary>Splits a line, and an attribute at its first colon.</summary>
    /// <param name="number">Its place in the text, from 1; 0 for a line that we write.</param>
    /// <param name="type">The letter before "=".</param>
    /// <param name="value">All that follows "=".</param>
    public SdpLine(int number, char type, string value)
    {
        Number = number;
        Type = type;
        Value = value;
        if (type == 'a')
        {
            var colon = value.IndexOf(':', StringComparison.Ordinal);
            Attribute = colon < 0 ? value : value[..colon];
            Argument = colon < 0 ? "" : value[(colon + 1)..];
        }
    }

    /// <summary>Gets its place in the text, from 1.</summary>
    public int Number { get; }

    /// <summary>Gets the letter before "=".</summary>
    public char Type { get; }

    /// <summary>Gets all that follows "=".</summary>
    public string Value { get; }

    /// <summary>Gets the attribute's name; empty when the type is not "a".</summary>
    public string Attribute { get; } = "";

    /// <summary>Gets what follows the attribute's colon; empty for a property attribute.</summary>
    public string Argument { get; } = "";

    /// <summary>Refuses what this line says, as bad grammar.</summary>
    public SdpRefusal Malformed(string reason) => new(SdpRefusalKind.Malformed, Number, reason);

    /// <summary>Refuses what this line says, although it is good grammar.</summary>
    public SdpRefusal Unusable(string reason) => new(SdpRefusalKind.Unusable, Number, reason);
}
