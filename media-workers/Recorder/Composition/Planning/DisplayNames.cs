using System.Globalization;
using System.Text;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Composition.Planning;

/// <summary>Participants' names as they can be drawn: what a stranger typed, on one line, without what would turn the line around.</summary>
internal static class DisplayNames
{
    private const int MaxCharacters = 40;

    /// <summary>What stands under a participant's picture.</summary>
    public static string Of(TimelineParticipant participant)
    {
        var name = Clean(participant.Name ?? "");
        name = name.Length > 0 ? name : Clean(participant.Identity);
        return name.Length > 0 ? name : "?";
    }

    /// <summary>One line of printable characters, 40 at most.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder();
        var characters = 0;
        var elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext())
        {
            var element = Printable(elements.GetTextElement());
            var isSpace = element.Length > 0 && string.IsNullOrWhiteSpace(element);
            if (element.Length == 0 || (isSpace && (clean.Length == 0 || clean[^1] == ' ')))
            {
                continue;
            }

            if (++characters > MaxCharacters)
            {
                return clean.ToString().TrimEnd() + "…";
            }

            clean.Append(isSpace ? " " : element);
        }

        return clean.ToString().TrimEnd();
    }

    // A heap of accents is one character to Unicode; nobody's name needs more than four code units each.
    private static string Printable(string element)
    {
        const int MaxCodePoints = 4;
        var printable = new StringBuilder();
        foreach (var rune in element.EnumerateRunes().Take(MaxCodePoints))
        {
            var isLineEnd = rune.Value is '\n' or '\r' or '\t' or 0x2028 or 0x2029;
            if (isLineEnd || Rune.IsWhiteSpace(rune))
            {
                printable.Append(' ');
            }
            else if (IsDrawn(rune))
            {
                printable.Append(rune);
            }
        }

        return printable.ToString();
    }

    private static bool IsDrawn(Rune rune) =>
        rune != Rune.ReplacementChar
        && Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
            );
}
