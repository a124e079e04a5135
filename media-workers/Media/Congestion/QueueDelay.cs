using EventMeet.Media.Values;

namespace EventMeet.Media.Congestion;

/// <summary>
/// How long packets stand in a queue: the shortest one-way delay of a feedback, over the shortest of the last ten to twenty seconds. By
/// the shortest, because a queue holds up every packet, a burst of a picture or a busy receiver only some.
/// </summary>
internal sealed class QueueDelay
{
    // The minimum is kept for the running ten seconds and for the ten before.
    private static readonly TimeSpan HalfWindow = TimeSpan.FromSeconds(10);

    private long _previousShortest = long.MaxValue;
    private long _shortest = long.MaxValue;
    private MonotonicTime _turnAt = MonotonicTime.Never;

    /// <summary>Gets the delay, smoothed over about two feedbacks, microseconds.</summary>
    public long Microseconds { get; private set; }

    /// <summary>Forgets everything: the receiver has another clock.</summary>
    public void Reset()
    {
        (_previousShortest, _shortest, _turnAt) = (long.MaxValue, long.MaxValue, MonotonicTime.Never);
        Microseconds = 0;
    }

    /// <summary>Takes a feedback.</summary>
    /// <param name="shortest">The shortest difference between arrival and departure in it, microseconds; of any origin.</param>
    /// <param name="now">When it came.</param>
    public void HandleFeedback(long shortest, MonotonicTime now)
    {
        if (_turnAt == MonotonicTime.Never || now >= _turnAt)
        {
            _previousShortest = _shortest;
            _shortest = shortest;
            _turnAt = now + HalfWindow;
        }

        _shortest = Math.Min(_shortest, shortest);
        Microseconds = (Microseconds + shortest - Math.Min(_shortest, _previousShortest)) / 2;
    }
}
