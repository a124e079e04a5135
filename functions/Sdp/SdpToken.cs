namespace EventMeet.Functions.Sdp;

/// <summary>The character classes that identifiers in a description are made of.</summary>
internal static class SdpToken
{
    /// <summary>Tells whether text is a token (RFC 8866 section 9, token-char).</summary>
    public static bool IsToken(string text) => text.Length > 0 && text.All(IsTokenCharacter);

    /// <summary>Tells whether text is a rid-id (RFC 8851 section 10).</summary>
    public static bool IsRid(string text) =>
        text.Length > 0 && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_');

    private static bool IsTokenCharacter(char character) =>
        char.IsAsciiLetterOrDigit(character)
        || character
            is '!'
                or '#'
                or '$'
                or '%'
                or '&'
                or '\''
                or '*'
                or '+'
                or '-'
                or '.'
                or (>= '^' and <= '`')
                or (>= '{' and <= '~');
}
