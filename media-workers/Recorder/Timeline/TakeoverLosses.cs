namespace EventMeet.Recorder.Timeline;

/// <summary>
/// Says in a finished timeline what a lost recorder took with it: frames that had come, and that the timeline knew of, but that
/// storage did not have yet. Pure; told once or twice, it says the same.
/// </summary>
internal static class TakeoverLosses
{
    private const long ShortestGap = TrackTimeline.ShortestGap;

    /// <summary>
    /// Adds a gap to each track that an outage has cut, from its last stored frame to the next one, and lets outages begin where nobody's
    /// media is stored any more.
    /// </summary>
    /// <param name="timeline">Complete; its files have the lengths that are stored.</param>
    public static RecordingTimeline Tell(RecordingTimeline timeline)
    {
        if (timeline.Outages.Count == 0)
        {
            return timeline;
        }

        var losses = timeline.Tracks.Select(track => (Track: track, Lost: Losses(track, timeline).ToList())).ToList();
        var cut = losses
            .SelectMany(entry => entry.Lost.Where(span => entry.Track.Files.Any(file => file.ToMs == span.FromMs)))
            .ToList();
        return timeline with
        {
            Tracks =
            [
                .. losses.Select(entry => entry.Lost.Count == 0 ? entry.Track : WithGaps(entry.Track, entry.Lost)),
            ],
            Outages = [.. timeline.Outages.Select(outage => Begin(outage, cut))],
        };
    }

    /// <summary>Between two files, or behind the last one of a track that did not come back; not while nothing was to be recorded.</summary>
    private static IEnumerable<TimelineSpan> Losses(TimelineTrack track, RecordingTimeline timeline) =>
        track
            .Files.Select(
                (file, position) =>
                    new TimelineSpan(
                        file.ToMs,
                        position + 1 < track.Files.Count ? track.Files[position + 1].FromMs : track.Published.ToMs
                    )
            )
            .SelectMany(span => Without(span, track.Muted.Concat(timeline.Pauses)))
            .Where(span =>
                span.ToMs - span.FromMs >= ShortestGap && timeline.Outages.Any(outage => Touch(outage, span))
            );

    private static IEnumerable<TimelineSpan> Without(TimelineSpan span, IEnumerable<TimelineSpan> holes)
    {
        var from = span.FromMs;
        foreach (var hole in holes.Where(hole => hole.FromMs < span.ToMs).OrderBy(hole => hole.FromMs))
        {
            yield return new(from, hole.FromMs);
            from = Math.Max(from, hole.ToMs);
        }

        yield return new(from, span.ToMs);
    }

    // A track that did not come back ends where the outage begins.
    private static bool Touch(TimelineSpan outage, TimelineSpan span) =>
        span.FromMs < outage.ToMs && span.ToMs >= outage.FromMs;

    private static TimelineTrack WithGaps(TimelineTrack track, List<TimelineSpan> lost) =>
        track with
        {
            Gaps =
            [
                .. track
                    .Gaps.Concat(lost.Select(span => new TimelineGap(span.FromMs, span.ToMs, 0)))
                    .Distinct()
                    .OrderBy(gap => gap.FromMs),
            ],
        };

    // Only where a stored file ends: a mute that the lost recorder's timeline ends with itself tells nothing.
    private static TimelineSpan Begin(TimelineSpan outage, IEnumerable<TimelineSpan> cut)
    {
        var last = cut.Where(span => Touch(outage, span))
            .Select(span => span.FromMs)
            .DefaultIfEmpty(outage.FromMs)
            .Max();
        return outage with { FromMs = Math.Min(last, outage.FromMs) };
    }
}
