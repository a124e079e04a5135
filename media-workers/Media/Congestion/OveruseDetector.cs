namespace EventMeet.Media.Congestion;

/// <summary>
/// Compares the trend with a threshold that follows it (draft-ietf-rmcat-gcc-02 section 5.4): on a path whose delay swings
/// the threshold rises, so that competing TCP does not starve us; on a quiet one it falls, so that little is enough.
/// </summary>
internal sealed class OveruseDetector
{
    private const double FirstThreshold = 12.5; // ms
    private const double LowestThreshold = 6;
    private const double HighestThreshold = 600;
    private const double RisePerMillisecond = 0.0087; // k_u
    private const double FallPerMillisecond = 0.039; // k_d

    // A leap further above the threshold than this is a change of route, not the path's swing.
    private const double MaxExcess = 15; // ms
    private const double LongestStep = 100; // ms

    // Overuse must last; one late group is none.
    private const double ShortestOveruse = 10; // ms

    private double _overuseTime = -1;
    private int _overuseCount;
    private double _previousTrend;

    /// <summary>Gets what the last group said.</summary>
    public BandwidthUsage Usage { get; private set; }

    /// <summary>Gets the threshold, 6 to 600.</summary>
    public double Threshold { get; private set; } = FirstThreshold;

    /// <summary>Forgets the present; the threshold, which is the path's, stays.</summary>
    public void Reset()
    {
        ForgetOveruse();
        _previousTrend = 0;
        Usage = BandwidthUsage.Normal;
    }

    /// <summary>Takes the trend after a group.</summary>
    /// <param name="trend">As <see cref="TrendlineEstimator.Trend"/>.</param>
    /// <param name="sentDelta">How long after the group before it left, microseconds.</param>
    /// <param name="arrivalDelta">How long after it, it arrived, microseconds.</param>
    public void HandleTrend(double trend, long sentDelta, long arrivalDelta)
    {
        if (trend > Threshold)
        {
            HandleExcess(trend, sentDelta / 1000.0);
        }
        else
        {
            ForgetOveruse();
            Usage = trend < -Threshold ? BandwidthUsage.Underuse : BandwidthUsage.Normal;
        }

        _previousTrend = trend;
        Adapt(Math.Abs(trend), Math.Min(arrivalDelta / 1000.0, LongestStep));
    }

    private void HandleExcess(double trend, double sentDelta)
    {
        // Halfway between the groups at first: it is not known when it began.
        _overuseTime = _overuseTime < 0 ? sentDelta / 2 : _overuseTime + sentDelta;
        _overuseCount++;
        if (_overuseTime > ShortestOveruse && _overuseCount > 1 && trend >= _previousTrend)
        {
            (_overuseTime, _overuseCount) = (0, 0);
            Usage = BandwidthUsage.Overuse;
        }
    }

    private void ForgetOveruse() => (_overuseTime, _overuseCount) = (-1, 0);

    private void Adapt(double size, double elapsed)
    {
        if (size > Threshold + MaxExcess)
        {
            return;
        }

        var speed = size < Threshold ? FallPerMillisecond : RisePerMillisecond;
        Threshold = Math.Clamp(Threshold + (speed * (size - Threshold) * elapsed), LowestThreshold, HighestThreshold);
    }
}
