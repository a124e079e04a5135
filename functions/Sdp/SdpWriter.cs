using System.Globalization;
using System.Text;

namespace EventMeet.Functions.Sdp;

/// <summary>Writes session descriptions, line by line or whole; lines end in CRLF (RFC 8866 section 5).</summary>
internal sealed class SdpWriter
{
    private readonly StringBuilder _text = new(4096);

    /// <summary>Writes a description as it was read.</summary>
    public static string Write(SdpDescription description)
    {
        SdpWriter writer = new();
        foreach (var line in description.Session.Lines.Concat(description.Media.SelectMany(media => media.Lines)))
        {
            writer.Line(line.Type, $"{line.Value}");
        }

        return writer.ToString();
    }

    /// <summary>Writes <c>type=value</c>.</summary>
    public void Line(char type, FormattableString value) =>
        _text.Append(type).Append('=').Append(value.ToString(CultureInfo.InvariantCulture)).Append("\r\n");

    /// <summary>Writes <c>a=attribute</c>.</summary>
    public void Attribute(string attribute) => _text.Append("a=").Append(attribute).Append("\r\n");

    /// <summary>Writes <c>a=attribute:value</c>.</summary>
    public void Attribute(string attribute, FormattableString value) =>
        Line('a', $"{attribute}:{value.ToString(CultureInfo.InvariantCulture)}");

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
