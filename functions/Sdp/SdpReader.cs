/*  RFC 8866 section 9:  v= o= [s= i= u= e= p= c= b= t= r= z= k= a=]…  then per m-line:  m= [i= c= b= k= a=]…  */

using System.Globalization;

namespace EventMeet.Functions.Sdp;

/// <summary>
/// Splits text into a session description. It never throws, whatever the text; what is wrong is said with its line.
/// Attributes that nobody asks for are kept unread, so that one unknown line spoils nothing.
/// </summary>
internal static class SdpReader
{
    /// <summary>The longest text taken, in characters; the HTTP side has the same limit in bytes.</summary>
    public const int MaxLength = 256 * 1024;

    /// <summary>The most m-lines taken: one session's slots and tracks fit several times.</summary>
    public const int MaxMedia = 64;

    // The longest line that browsers write is an fmtp with H.264 parameter sets, well under 1 KiB.
    private const int MaxLineLength = 4096;
    private const int MaxFormats = 128;
    private const string SessionTypes = "siuepcbtrzka";
    private const string MediaTypes = "icbka";

    /// <summary>Reads a whole description; null when it is well-formed.</summary>
    /// <param name="text">The description; lines end in CRLF or LF.</param>
    /// <param name="description">What was read; null exactly when a refusal is returned.</param>
    public static SdpRefusal? TryRead(string text, out SdpDescription? description)
    {
        description = null;
        if (text.Length > MaxLength)
        {
            return new(SdpRefusalKind.Malformed, 0, $"The description is longer than {MaxLength} characters.");
        }

        var refusal = TrySplit(text, out var lines) ?? CheckOpening(lines);
        if (refusal is not null)
        {
            return refusal;
        }

        var mediaCount = lines.Count(line => line.Type == 'm');
        return mediaCount > MaxMedia
            ? new(
                SdpRefusalKind.Unusable,
                0,
                $"The description has {mediaCount} m-lines; at most {MaxMedia} are taken."
            )
            : TryGroup(lines, out description);
    }

    /// <summary>Splits text into lines of the form <c>type=value</c>, with their numbers.</summary>
    internal static SdpRefusal? TrySplit(string text, out List<SdpLine> lines)
    {
        lines = [];
        var number = 0;
        foreach (var range in text.AsSpan().Split('\n'))
        {
            number++;
            var line = text.AsSpan()[range].TrimEnd('\r');
            if (line.IsEmpty && range.End.Value == text.Length)
            {
                break;
            }

            var reason =
                line.Length > MaxLineLength ? $"The line is longer than {MaxLineLength} characters."
                : line.Length < 2 || line[1] != '=' || !char.IsAsciiLetterLower(line[0])
                    ? "A line must be one lower-case letter, \"=\" and a value (RFC 8866 section 5)."
                : line.ContainsAny('\0', '\r') ? "A value must not contain NUL or a lone CR (RFC 8866 section 9)."
                : null;
            if (reason is not null)
            {
                return new(SdpRefusalKind.Malformed, number, reason);
            }

            lines.Add(new SdpLine(number, line[0], line[2..].ToString()));
        }

        return null;
    }

    private static SdpRefusal? CheckOpening(List<SdpLine> lines)
    {
        if (lines.Count == 0)
        {
            return new(SdpRefusalKind.Malformed, 0, "The description is empty.");
        }

        if (lines[0] is not { Type: 'v', Value: "0" })
        {
            return lines[0].Malformed("A session description begins with \"v=0\" (RFC 8866 section 5.1).");
        }

        return lines.Count < 2 || lines[1].Type != 'o' || lines[1].Value.Split(' ').Length != 6
            ? new(SdpRefusalKind.Malformed, 2, "The second line must be \"o=\" with six fields (RFC 8866 section 5.2).")
            : null;
    }

    private static SdpRefusal? TryGroup(List<SdpLine> lines, out SdpDescription? description)
    {
        description = null;
        var firstMedia = lines.FindIndex(line => line.Type == 'm');
        var sessionEnd = firstMedia < 0 ? lines.Count : firstMedia;
        for (var i = 2; i < lines.Count; i++)
        {
            var allowed = i < sessionEnd ? SessionTypes : MediaTypes;
            if (lines[i].Type != 'm' && !allowed.Contains(lines[i].Type, StringComparison.Ordinal))
            {
                return lines[i].Malformed($"\"{lines[i].Type}=\" does not belong here (RFC 8866 section 9).");
            }
        }

        List<SdpMedia> media = [];
        for (var start = sessionEnd; start < lines.Count; )
        {
            var next = lines.FindIndex(start + 1, line => line.Type == 'm');
            var end = next < 0 ? lines.Count : next;
            if (TryReadMedia(lines.GetRange(start, end - start), out var section) is { } refusal)
            {
                return refusal;
            }

            media.Add(section!);
            start = end;
        }

        description = new SdpDescription(new SdpSection(lines.GetRange(0, sessionEnd)), media);
        return null;
    }

    /*  RFC 8866 section 5.14:  m=<media> <port>[/<count>] <proto> <fmt> …  */
    private static SdpRefusal? TryReadMedia(List<SdpLine> lines, out SdpMedia? media)
    {
        media = null;
        var fields = lines[0].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 4)
        {
            return lines[0].Malformed("An m-line needs a media type, a port, a protocol and a format.");
        }

        if (!ushort.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            return lines[0].Malformed("The m-line's port must be a number from 0 to 65535.");
        }

        if (fields.Length > 3 + MaxFormats)
        {
            return lines[0].Malformed($"The m-line has more than {MaxFormats} formats.");
        }

        media = new SdpMedia(lines)
        {
            Media = fields[0],
            Port = port,
            Protocol = fields[2],
            Formats = fields[3..],
        };
        return null;
    }
}
