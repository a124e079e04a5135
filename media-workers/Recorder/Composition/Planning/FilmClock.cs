using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Composition.Planning;

/// <summary>Turns places on the timeline into places in the film, which leaves pauses out and consists of whole frames.</summary>
internal sealed class FilmClock
{
    /// <summary>Samples of sound per second; both AAC and Opus are written with it.</summary>
    public const int SampleRate = 48_000;

    private const double MsPerSecond = 1000;

    private readonly int _framesPerSecond;

    /// <summary>Makes a clock.</summary>
    /// <param name="lengthMs">The recording's length.</param>
    /// <param name="pauses">When it was paused; in order, without overlap.</param>
    /// <param name="framesPerSecond">5 to 60.</param>
    public FilmClock(long lengthMs, IEnumerable<TimelineSpan> pauses, int framesPerSecond)
    {
        _framesPerSecond = framesPerSecond;
        var kept = new List<TimelineSpan>();
        var from = 0L;
        foreach (var pause in pauses.Where(pause => pause.ToMs > 0 && pause.FromMs < lengthMs))
        {
            if (pause.FromMs > from)
            {
                kept.Add(new(from, pause.FromMs));
            }

            from = Math.Max(from, pause.ToMs);
        }

        if (from < lengthMs)
        {
            kept.Add(new(from, lengthMs));
        }

        Kept = kept;
        LengthMs = kept.Sum(span => span.ToMs - span.FromMs);
        Frames = (int)FrameAt(LengthMs);
        Samples = (long)Math.Round((double)Frames * SampleRate / framesPerSecond);
    }

    /// <summary>Gets the stretches of the timeline that are in the film.</summary>
    public IReadOnlyList<TimelineSpan> Kept { get; }

    /// <summary>Gets the length of these, in milliseconds.</summary>
    public long LengthMs { get; }

    /// <summary>Gets how many frames the film has.</summary>
    public int Frames { get; }

    /// <summary>Gets how many samples of sound it has; as long as its frames.</summary>
    public long Samples { get; }

    /// <summary>Gets how long a frame is seen, in milliseconds.</summary>
    public double FrameMs => MsPerSecond / _framesPerSecond;

    /// <summary>The place in the film, in milliseconds, of a place on the timeline; where it is in a pause, that of the cut.</summary>
    public long ToFilm(long timelineMs)
    {
        var film = 0L;
        foreach (var span in Kept)
        {
            if (timelineMs < span.ToMs)
            {
                return film + Math.Max(0, timelineMs - span.FromMs);
            }

            film += span.ToMs - span.FromMs;
        }

        return film;
    }

    /// <summary>The frame that begins nearest to a place in the film.</summary>
    public long FrameAt(long filmMs) => (long)Math.Round(filmMs * _framesPerSecond / MsPerSecond);

    /// <summary>The place on the timeline, in milliseconds, at which a frame begins.</summary>
    public double TimelineMsOf(long frame)
    {
        var film = frame * FrameMs;
        foreach (var span in Kept)
        {
            // A frame that begins less than half its length before a cut belongs behind it, as FrameAt has it.
            if (film < span.ToMs - span.FromMs - FrameMs / 2)
            {
                return span.FromMs + Math.Max(0, film);
            }

            film -= span.ToMs - span.FromMs;
        }

        return Kept.Count > 0 ? Kept[^1].ToMs + film : film;
    }
}
