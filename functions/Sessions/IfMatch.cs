using EventMeet.Functions.Hosting;

namespace EventMeet.Functions.Sessions;

/// <summary>Reads If-Match as RFC 9725 uses it: beside <c>*</c> also <c>"*"</c>, as its examples write it.</summary>
internal static class IfMatch
{
    /// <summary>Compares the header with a strong ETag.</summary>
    public static MatchKind Of(HttpCall call, string tag)
    {
        var header = call.Request.Headers.IfMatch.ToString();
        if (header.Length == 0)
        {
            return MatchKind.Absent;
        }

        // Our own tags have no comma in them.
        var tags = header.Split(',', StringSplitOptions.TrimEntries);
        return tags is ["*" or "\"*\""] ? MatchKind.Any
            : tags.Contains(tag, StringComparer.Ordinal) ? MatchKind.Same
            : MatchKind.Differs;
    }
}

/// <summary>What a request's If-Match says about a session.</summary>
internal enum MatchKind
{
    /// <summary>There is none.</summary>
    Absent,

    /// <summary>Any revision: an ICE restart (RFC 9725 section 4.3.3).</summary>
    Any,

    /// <summary>The revision asked about.</summary>
    Same,

    /// <summary>Another one, or none that can be read.</summary>
    Differs,
}
