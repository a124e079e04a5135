namespace EventMeet.Functions.Sdp;

/// <summary>A whole session description.</summary>
/// <param name="Session">The lines before the first m-line.</param>
/// <param name="Media">The m-lines in their order.</param>
internal sealed record SdpDescription(SdpSection Session, IReadOnlyList<SdpMedia> Media)
{
    /// <summary>Gets the o-line's fields: user, session id, version, network, address type, address.</summary>
    public IReadOnlyList<string> Origin => Session.Lines[1].Value.Split(' ');
}

/// <summary>The lines of the session part, or of one m-line and what belongs to it, in their order.</summary>
/// <param name="lines">All lines, the m-line included.</param>
internal class SdpSection(IReadOnlyList<SdpLine> lines)
{
    /// <summary>Gets all lines in their order.</summary>
    public IReadOnlyList<SdpLine> Lines { get; } = lines;

    /// <summary>Gets the first line with this attribute, or null.</summary>
    public SdpLine? Find(string attribute)
    {
        foreach (var line in Lines)
        {
            if (string.Equals(line.Attribute, attribute, StringComparison.Ordinal))
            {
                return line;
            }
        }

        return null;
    }

    /// <summary>Gets every line with this attribute.</summary>
    public IEnumerable<SdpLine> All(string attribute) =>
        Lines.Where(line => string.Equals(line.Attribute, attribute, StringComparison.Ordinal));
}

/// <summary>One m-line and what belongs to it (RFC 8866 section 5.14).</summary>
/// <param name="lines">All lines; the first is the m-line.</param>
internal sealed class SdpMedia(IReadOnlyList<SdpLine> lines) : SdpSection(lines)
{
    /// <summary>Gets the m-line itself.</summary>
    public SdpLine MediaLine => Lines[0];

    /// <summary>Gets "audio", "video", "application" or another registered media type.</summary>
    public required string Media { get; init; }

    /// <summary>Gets the port, 0 to 65535; 0 is a rejected m-line unless it says bundle-only.</summary>
    public required int Port { get; init; }

    /// <summary>Gets the transport protocol as written.</summary>
    public required string Protocol { get; init; }

    /// <summary>Gets the formats: payload types for RTP.</summary>
    public required IReadOnlyList<string> Formats { get; init; }

    /// <summary>Gets a value indicating whether the m-line is not to be used (RFC 3264 section 6, RFC 9143 section 6).</summary>
    public bool IsRejected => Port == 0 && Find("bundle-only") is null;
}
