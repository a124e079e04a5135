using EventMeet.Media.Values;

namespace EventMeet.Media.Congestion;

/// <summary>What loss says about the rate (draft-ietf-rmcat-gcc-02 section 6).</summary>
internal sealed class LossBasedRate
{
    private const int FewestPackets = 20;
    private const double LowLoss = 0.02;
    private const double HighLoss = 0.1;

    // Chance alone loses more than a tenth of 25 packets now and then on a path that loses a twentieth. So high loss must be two
    // standard deviations above a tenth, for which the window waits: (2 * sqrt(0.1 * 0.9 * n))^2 = 0.36 n.
    private const double Significance = 0.36;
    private static readonly TimeSpan LongestWindow = TimeSpan.FromSeconds(2);

    // A window that has too few packets for this long is about another time.
    private static readonly TimeSpan StaleWindow = TimeSpan.FromSeconds(5);

    private MonotonicTime _windowStart = MonotonicTime.Never;
    private int _packets;
    private int _lost;

    /// <summary>Gets the share of packets lost in the last window, 0 to 1.</summary>
    public double Fraction { get; private set; }

    /// <summary>Gets a value indicating whether loss was so low in the last window that the rate may rise.</summary>
    public bool MayRise { get; private set; } = true;

    /// <summary>Gets what a rate is to be multiplied with when loss is high.</summary>
    public double Factor => 1 - (0.5 * Fraction);

    /// <summary>Takes what a feedback said for the first time.</summary>
    /// <param name="packets">How many packets it spoke of.</param>
    /// <param name="lost">How many of them had not arrived, less those that came after they had been reported lost.</param>
    /// <param name="shortestWindow">How long to look before judging.</param>
    /// <param name="now">Now.</param>
    /// <returns>True when loss is high and the rate has to fall by <see cref="Factor"/>; once per window.</returns>
    public bool HandleFeedback(int packets, int lost, TimeSpan shortestWindow, MonotonicTime now)
    {
        if (_windowStart == MonotonicTime.Never || now - _windowStart > StaleWindow)
        {
            Restart(now);
        }

        _packets += packets;
        _lost += lost;
        var length = now - _windowStart;
        if (_packets < FewestPackets || length < shortestWindow)
        {
            return false;
        }

        var excess = _lost - (HighLoss * _packets);
        var isHigh = excess > 0 && excess * excess > Significance * _packets;
        if (excess > 0 && !isHigh && length < LongestWindow)
        {
            return false;
        }

        Fraction = Math.Clamp((double)_lost / _packets, 0, 1);
        MayRise = Fraction < LowLoss;
        Restart(now);
        return isHigh;
    }

    private void Restart(MonotonicTime now) => (_windowStart, _packets, _lost) = (now, 0, 0);
}
