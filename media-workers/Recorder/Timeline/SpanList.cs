namespace EventMeet.Recorder.Timeline;

/// <summary>Stretches of time that begin and end as events say; in order, without overlap, at most so many.</summary>
/// <param name="capacity">What more begins is not noted.</param>
internal sealed class SpanList(int capacity)
{
    private readonly List<TimelineSpan> _closed = [];
    private long? _openSince;

    /// <summary>Gets a value indicating whether one has begun and not ended.</summary>
    public bool IsOpen => _openSince is not null;

    /// <summary>Takes up what was noted before.</summary>
    public void Restore(IEnumerable<TimelineSpan> spans) => _closed.AddRange(spans);

    /// <summary>Begins one; nothing if one has begun.</summary>
    public void Begin(long ms)
    {
        if (_closed.Count < capacity)
        {
            _openSince ??= Math.Max(ms, _closed.Count > 0 ? _closed[^1].ToMs : 0);
        }
    }

    /// <summary>Ends the one that has begun, if any.</summary>
    public void End(long ms)
    {
        if (_openSince is { } since)
        {
            if (ms > since)
            {
                _closed.Add(new(since, ms));
            }

            _openSince = null;
        }
    }

    /// <summary>All of them; one that has not ended goes up to now.</summary>
    public IReadOnlyList<TimelineSpan> Until(long ms) =>
        _openSince is { } since && ms > since ? [.. _closed, new(since, ms)] : [.. _closed];
}
