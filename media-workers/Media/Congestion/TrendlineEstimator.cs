namespace EventMeet.Media.Congestion;

/// <summary>
/// How fast the one-way delay grows: the slope of a line through the smoothed delays of the last groups. Stands in for the
/// Kalman filter of draft-ietf-rmcat-gcc-02 section 5.3.
/// </summary>
internal sealed class TrendlineEstimator
{
    private const int Window = 20; // groups

    // A call that begins far above the capacity has filled the queue before twenty groups have come. Few groups weigh little, so
    // that only a steep slope counts.
    private const int FewestGroups = 8;

    private const double Smoothing = 0.9;

    // What makes a slope comparable with the detector's threshold, which the draft gives for an offset in milliseconds.
    private const double Gain = 4;
    private const int MaxWeight = 60; // groups

    private readonly double[] _arrivals = new double[Window]; // ms since the first
    private readonly double[] _delays = new double[Window]; // ms
    private int _groups;
    private double _arrival;
    private double _delay;
    private double _smoothedDelay;

    /// <summary>Gets the slope times the gain and the number of groups, at most 60; zero until there are eight.</summary>
    public double Trend { get; private set; }

    /// <summary>Forgets everything.</summary>
    public void Reset() => (_groups, _arrival, _delay, _smoothedDelay, Trend) = (0, 0, 0, 0, 0);

    /// <summary>Takes a completed group.</summary>
    /// <param name="sentDelta">How long after the one before it left, microseconds.</param>
    /// <param name="arrivalDelta">How long after it, it arrived, microseconds.</param>
    public void HandleGroup(long sentDelta, long arrivalDelta)
    {
        _arrival += arrivalDelta / 1000.0;
        _delay += (arrivalDelta - sentDelta) / 1000.0;
        _smoothedDelay = (Smoothing * _smoothedDelay) + ((1 - Smoothing) * _delay);
        var slot = _groups % Window;
        _arrivals[slot] = _arrival;
        _delays[slot] = _smoothedDelay;
        _groups++;
        if (_groups >= FewestGroups)
        {
            Trend = Slope(Math.Min(_groups, Window)) * Gain * Math.Min(_groups, MaxWeight);
        }

        // Only the remainder and "enough" matter; so it never overflows.
        _groups = _groups == 4 * Window ? 3 * Window : _groups;
    }

    // Least squares; the order of the points does not matter.
    private double Slope(int count)
    {
        double arrivalSum = 0;
        double delaySum = 0;
        for (var slot = 0; slot < count; slot++)
        {
            arrivalSum += _arrivals[slot];
            delaySum += _delays[slot];
        }

        var meanArrival = arrivalSum / count;
        var meanDelay = delaySum / count;
        double numerator = 0;
        double denominator = 0;
        for (var slot = 0; slot < count; slot++)
        {
            var distance = _arrivals[slot] - meanArrival;
            numerator += distance * (_delays[slot] - meanDelay);
            denominator += distance * distance;
        }

        return denominator == 0 ? 0 : numerator / denominator;
    }
}
