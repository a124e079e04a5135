using System.Globalization;

namespace EventMeet.Media.Tests.Rtp;

/// <summary>Golden bytes as hexadecimal with a comment after each semicolon.</summary>
internal static class Annotated
{
    public static byte[] Bytes(string text) =>
        [
            .. text.Split('\n')
                .SelectMany(line => line.Split(';')[0].Split([' ', '\r'], StringSplitOptions.RemoveEmptyEntries))
                .Select(pair => byte.Parse(pair, NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
        ];
}
