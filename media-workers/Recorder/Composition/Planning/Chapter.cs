using System.Globalization;
using System.Text;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Composition.Planning;

/// <summary>A stretch of the film in which one participant leads.</summary>
/// <param name="FromMs">Its place in the film.</param>
/// <param name="ToMs">Where the next begins.</param>
/// <param name="Title">Who.</param>
internal sealed record Chapter(long FromMs, long ToMs, string Title)
{
    // MP4's chapter list counts them with a byte; a player's menu is of no use long before.
    private const int MaxChapters = 200;
    private const long ShortestMs = 5_000;

    /// <summary>Makes them from the dominant speakers: as many as a menu bears, so in a long film each longer.</summary>
    public static IReadOnlyList<Chapter> Plan(RecordingTimeline timeline, FilmClock clock)
    {
        var names = timeline.Participants.ToDictionary(person => person.Id, DisplayNames.Of);
        for (var shortest = ShortestMs; ; shortest *= 2)
        {
            var turns = new SpeakerTurns(timeline.Speakers, timeline.LengthMs, shortest).Turns;
            if (turns.Count <= MaxChapters)
            {
                return
                [
                    .. turns
                        .Select((turn, position) => (turn, Start: position == 0 ? 0 : clock.ToFilm(turn.FromMs)))
                        .Select(turn => new Chapter(
                            turn.Start,
                            clock.ToFilm(turn.turn.ToMs),
                            names.GetValueOrDefault(turn.turn.Participant, "?")
                        ))
                        .Where(chapter => chapter.ToMs > chapter.FromMs),
                ];
            }
        }
    }

    /// <summary>As ffmpeg reads them ("ffmetadata"); what has a meaning there is escaped.</summary>
    public static string ToFfmetadata(IEnumerable<Chapter> chapters)
    {
        var text = new StringBuilder(";FFMETADATA1\n");
        foreach (var chapter in chapters)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"[CHAPTER]\nTIMEBASE=1/1000\nSTART={chapter.FromMs}\nEND={chapter.ToMs}\ntitle="
            );
            foreach (var character in chapter.Title)
            {
                text.Append(character is '=' or ';' or '#' or '\\' ? "\\" : "").Append(character);
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>As a page's track element reads them (WebVTT).</summary>
    public static string ToWebVtt(IEnumerable<Chapter> chapters)
    {
        var text = new StringBuilder("WEBVTT\n");
        foreach (var chapter in chapters)
        {
            var title = chapter
                .Title.Replace("&", "&amp;", StringComparison.Ordinal)
                .Replace("<", "&lt;", StringComparison.Ordinal)
                .Replace(">", "&gt;", StringComparison.Ordinal);
            text.Append(CultureInfo.InvariantCulture, $"\n{Time(chapter.FromMs)} --> {Time(chapter.ToMs)}\n{title}\n");
        }

        return text.ToString();
    }

    private static string Time(long ms)
    {
        var time = TimeSpan.FromMilliseconds(ms);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(int)time.TotalHours:00}:{time.Minutes:00}:{time.Seconds:00}.{time.Milliseconds:000}"
        );
    }
}
