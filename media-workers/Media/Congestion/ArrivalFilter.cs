using System.Runtime.CompilerServices;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Congestion;

/// <summary>
/// What arrivals say about the path: the receiver's clock without its wraps and leaps, and on it the trend of the delay, the
/// queue and the rate.
/// </summary>
internal sealed class ArrivalFilter
{
    // Neither a queue nor a slow way back moves the two clocks this far between two feedbacks; the receiver's has leapt.
    private const long MaxClockLeap = 1_000_000; // us

    // Groups and trend say nothing across a hole in the feedback.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(2);

    private readonly ArrivalGroups _groups = new();
    private readonly TrendlineEstimator _trendline = new();
    private readonly OveruseDetector _detector = new();
    private readonly AcknowledgedRate _acknowledged = new();

    private MonotonicTime _feedbackAt = MonotonicTime.Never;
    private int _referenceTime;
    private long _wraps; // us to be added to the receiver's time
    private long _newestArrival;
    private long _lastArrival;
    private long _shortestDelay;

    /// <summary>Gets what the detector says.</summary>
    public BandwidthUsage Usage => _detector.Usage;

    /// <summary>Gets how long packets stand in a queue.</summary>
    public QueueDelay Queue { get; } = new();

    /// <summary>Gets what arrives, bits per second; zero while unknown.</summary>
    public double AcknowledgedBitsPerSecond => _acknowledged.BitsPerSecond;

    /// <summary>Starts a feedback.</summary>
    /// <param name="referenceTime">As it says.</param>
    public void Begin(int referenceTime)
    {
        // 24 bits that wrap every twelve days.
        var step = ((referenceTime - _referenceTime) << 8) >> 8;
        _wraps += (_referenceTime + step - referenceTime) * TransportFeedback.ReferenceTimeUnit;
        _referenceTime = referenceTime;
        _shortestDelay = long.MaxValue;
        _newestArrival = long.MinValue;
    }

    /// <summary>Takes a packet that arrived, in the order of sending.</summary>
    /// <param name="sent">When it left, microseconds.</param>
    /// <param name="arrivalMicroseconds">When it arrived, as the feedback says.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="isProbe">Did it leave faster than the estimate allows? Then the queue that it makes says nothing.</param>
    /// <returns>When it arrived, without wraps.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long HandleArrival(long sent, long arrivalMicroseconds, int length, bool isProbe)
    {
        var arrival = arrivalMicroseconds + _wraps;
        _acknowledged.HandleArrival(arrival, length);
        _newestArrival = Math.Max(_newestArrival, arrival);
        _shortestDelay = Math.Min(_shortestDelay, arrival - sent);
        if (!isProbe && _groups.TryComplete(sent, arrival, out var sentDelta, out var arrivalDelta))
        {
            _trendline.HandleGroup(sentDelta, arrivalDelta);
            _detector.HandleTrend(_trendline.Trend, sentDelta, arrivalDelta);
        }

        return arrival;
    }

    /// <summary>Ends a feedback.</summary>
    /// <param name="now">When it came.</param>
    public void End(MonotonicTime now)
    {
        if (_newestArrival == long.MinValue)
        {
            return;
        }

        if (_feedbackAt != MonotonicTime.Never)
        {
            var elapsed = now - _feedbackAt;
            var leap = _newestArrival - _lastArrival - (elapsed.Ticks / TimeSpan.TicksPerMicrosecond);
            if (Math.Abs(leap) > MaxClockLeap)
            {
                // The feedback may have packets of both clocks.
                Queue.Reset();
                _shortestDelay = long.MaxValue;
                Restart();
            }
            else if (elapsed > LongestSilence)
            {
                Restart();
            }
        }

        (_feedbackAt, _lastArrival) = (now, _newestArrival);
        if (_shortestDelay != long.MaxValue)
        {
            Queue.HandleFeedback(_shortestDelay, now);
        }
    }

    private void Restart()
    {
        _groups.Reset();
        _trendline.Reset();
        _detector.Reset();
        _acknowledged.Reset();
    }
}
