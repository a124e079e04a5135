using EventMeet.Media.Values;

namespace EventMeet.Media.Congestion;

/// <summary>
/// A queue that stands has no trend, so the detector does not see it: two streams that fill the path exactly keep it full for
/// ever. While one stands the estimate does not rise; it is lowered once, and again if that was of no use.
/// </summary>
internal sealed class StandingQueue
{
    private const long Longest = 80_000; // us: over this, talking to one another suffers
    private const int MaxAttempts = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private MonotonicTime _judgeAt = MonotonicTime.Never;
    private long _before;
    private int _attempts;

    /// <summary>Gets a value indicating whether a queue stands.</summary>
    public bool IsStanding => _judgeAt != MonotonicTime.Never;

    /// <summary>Takes the queue as it is after a feedback.</summary>
    /// <param name="queue">How long packets stand in it.</param>
    /// <param name="roundTrip">By feedback.</param>
    /// <param name="now">Now.</param>
    /// <returns>What there is to do.</returns>
    public StandingQueueAdvice HandleFeedback(QueueDelay queue, TimeSpan roundTrip, MonotonicTime now)
    {
        if (queue.Microseconds < Longest)
        {
            (_judgeAt, _attempts) = (MonotonicTime.Never, 0);
            return StandingQueueAdvice.None;
        }

        if (_judgeAt == MonotonicTime.Never)
        {
            // It may be about to drain: the detector's decrease comes first.
            (_judgeAt, _before) = (now + roundTrip + Patience, queue.Microseconds);
            return StandingQueueAdvice.None;
        }

        if (now < _judgeAt)
        {
            return StandingQueueAdvice.None;
        }

        var isDraining = queue.Microseconds < 0.9 * _before;
        (_judgeAt, _before) = (now + roundTrip + Patience, queue.Microseconds);
        if (isDraining)
        {
            return StandingQueueAdvice.None;
        }

        _attempts++;
        return _attempts <= MaxAttempts ? StandingQueueAdvice.Lower : StandingQueueAdvice.Accept;
    }
}

/// <summary>What to do about a queue that stands.</summary>
internal enum StandingQueueAdvice
{
    /// <summary>Nothing more.</summary>
    None,

    /// <summary>Send less, so that it drains.</summary>
    Lower,

    /// <summary>Sending less did not shorten it: it is not ours, or the way has become longer.</summary>
    Accept,
}
