namespace EventMeet.Media.Congestion;

/// <summary>What arrived at the moments of overuse: the capacity of the path, with how far it varies (draft-ietf-rmcat-gcc-02 section 5.5).</summary>
internal sealed class LinkCapacity
{
    private const double Weight = 0.05; // of a new sample

    // The variance is kept over the mean, so that it fits any rate; kbit/s.
    private const double SmallestVariance = 0.4;
    private const double LargestVariance = 2.5;
    private const double Deviations = 3;

    private double _mean; // kbit/s; zero while unknown
    private double _variance = SmallestVariance;

    private double Spread => Deviations * Math.Sqrt(_variance * _mean);

    /// <summary>Is this rate as far as is known the capacity: within three standard deviations of it?</summary>
    /// <param name="rate">Bits per second.</param>
    public bool IsNear(double rate) => _mean > 0 && Math.Abs((rate / 1000) - _mean) <= Spread;

    /// <summary>So much arrived without overuse: what was known is too low by then.</summary>
    /// <param name="rate">Bits per second.</param>
    public void HandlePassed(double rate)
    {
        if (_mean > 0 && rate / 1000 > _mean + Spread)
        {
            _mean = 0;
        }
    }

    /// <summary>So much arrived while the queue was growing.</summary>
    /// <param name="rate">Bits per second.</param>
    public void HandleOveruse(double rate)
    {
        var sample = rate / 1000;
        if (_mean == 0 || Math.Abs(sample - _mean) > Spread)
        {
            (_mean, _variance) = (sample, SmallestVariance);
            return;
        }

        _mean += Weight * (sample - _mean);
        var error = sample - _mean;
        _variance = ((1 - Weight) * _variance) + (Weight * error * error / Math.Max(_mean, 1));
        _variance = Math.Clamp(_variance, SmallestVariance, LargestVariance);
    }
}
