using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Composition.Planning;

/// <summary>Finds a place in spans that are in order and do not overlap.</summary>
internal static class SpanSearch
{
    /// <summary>The position of the last span that begins at or before a place; -1 if there is none.</summary>
    public static int LastBegun(IReadOnlyList<TimelineSpan> spans, long ms)
    {
        var (low, high) = (0, spans.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = spans[middle].FromMs <= ms ? (middle + 1, high) : (low, middle);
        }

        return low - 1;
    }

    /// <summary>Is the place in one of them, each being so much longer than it says?</summary>
    public static bool Contains(IReadOnlyList<TimelineSpan> spans, long ms, long tailMs = 0)
    {
        var position = LastBegun(spans, ms);
        return position >= 0 && ms < spans[position].ToMs + tailMs;
    }
}
