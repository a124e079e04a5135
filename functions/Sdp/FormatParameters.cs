namespace EventMeet.Functions.Sdp;

/// <summary>The parameters of an <c>a=fmtp</c> line: <c>name=value</c> or <c>name</c>, separated by semicolons.</summary>
internal sealed class FormatParameters
{
    /// <summary>No parameters.</summary>
    public static readonly FormatParameters None = new("");

    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Splits parameters; of a name that comes twice the last one counts.</summary>
    /// <param name="text">What follows the payload type.</param>
    public FormatParameters(string text)
    {
        foreach (var range in text.AsSpan().Split(';'))
        {
            var parameter = text.AsSpan()[range].Trim();
            var equals = parameter.IndexOf('=');
            var name = equals < 0 ? parameter : parameter[..equals].TrimEnd();
            if (!name.IsEmpty)
            {
                _values[name.ToString()] = equals < 0 ? "" : parameter[(equals + 1)..].Trim().ToString();
            }
        }
    }

    /// <summary>Gets a parameter's value; null when it is absent.</summary>
    public string? this[string name] => _values.GetValueOrDefault(name);
}
