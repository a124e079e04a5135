namespace EventMeet.Recorder.Timeline;

/// <summary>
/// Says in a finished timeline what each takeover cost, by what is stored. A timeline is stored every few seconds: the next recorder goes on where
/// the last stored one ends, but the files of the one before may end earlier (it was killed, and frames that the timeline knew of were not
/// stored yet) or later (it recorded on until it was told to yield). Pure; told once or twice, it says the same.
/// </summary>
internal static class TakeoverLosses
{
    /// <summary>
    /// Adds a gap to each track that an outage has cut, from its last stored frame to the next one, and lets outages begin with the last stored
    /// frame of anybody.
    /// </summary>
    /// <param name="timeline">Complete; its files have the lengths that are stored.</param>
    public static RecordingTimeline Tell(RecordingTimeline timeline)
    {
        if (timeline.Outages.Count == 0)
        {
            return timeline;
        }

        var cuts = timeline.Tracks.Select(track => (Track: track, Cuts: Cuts(track, timeline).ToList())).ToList();
        var ends = cuts.SelectMany(entry =>
                // A mute that the lost recorder's timeline ended with itself is the end of nothing that is stored.
                entry.Cuts.Where(cut => entry.Track.Files.Any(file => file.ToMs == cut.FromMs))
            )
            .ToList();
        var outages = timeline.Outages.Select(outage => (Told: outage, Found: Begin(outage, ends))).ToList();
        return timeline with
        {
            Tracks = [.. cuts.Select(entry => WithGaps(entry.Track, entry.Cuts))],
            Outages = [.. outages.Select(outage => outage.Found)],
            Participants = [.. timeline.Participants.Select(who => Stay(who, outages))],
        };
    }

    /// <summary>Between two files, or behind the last one of a track that did not come back; not while nothing was to be recorded.</summary>
    private static IEnumerable<TimelineSpan> Cuts(TimelineTrack track, RecordingTimeline timeline) =>
        track
            .Files.Select(
                (file, position) =>
                    new TimelineSpan(
                        file.ToMs,
                        position + 1 < track.Files.Count ? track.Files[position + 1].FromMs : track.Published.ToMs
                    )
            )
            .SelectMany(span => Without(span, track.Muted.Concat(timeline.Pauses)))
            .Where(span => span.ToMs > span.FromMs && timeline.Outages.Any(outage => Touch(outage, span)));

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

    private static TimelineTrack WithGaps(TimelineTrack track, List<TimelineSpan> cuts) =>
        track with
        {
            Gaps =
            [
                .. track
                    .Gaps.Concat(
                        cuts.Where(cut => cut.ToMs - cut.FromMs >= TrackTimeline.ShortestGap)
                            .Select(cut => new TimelineGap(cut.FromMs, cut.ToMs, 0))
                    )
                    .Distinct()
                    .OrderBy(gap => gap.FromMs),
            ],
        };

    private static TimelineSpan Begin(TimelineSpan outage, IEnumerable<TimelineSpan> ends) =>
        outage with
        {
            FromMs = Math.Min(
                ends.Where(cut => Touch(outage, cut)).Select(cut => cut.FromMs).DefaultIfEmpty(outage.FromMs).Max(),
                outage.ToMs
            ),
        };

    // Who was recorded for longer than the timeline knew was there for longer, too.
    private static TimelineParticipant Stay(
        TimelineParticipant participant,
        List<(TimelineSpan Told, TimelineSpan Found)> outages
    ) =>
        participant with
        {
            Present =
            [
                .. participant.Present.Select(span =>
                    outages.Find(outage => outage.Told.FromMs == span.ToMs) is { Found.FromMs: var until }
                    && until > span.ToMs
                        ? span with
                        {
                            ToMs = until,
                        }
                        : span
                ),
            ],
        };
}
