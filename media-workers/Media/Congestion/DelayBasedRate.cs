using EventMeet.Media.Values;

namespace EventMeet.Media.Congestion;

/// <summary>
/// Additive or multiplicative increase, multiplicative decrease (draft-ietf-rmcat-gcc-02 section 5.5). Rates are bits per
/// second.
/// </summary>
internal sealed class DelayBasedRate
{
    /// <summary>The share of what arrives on a full path that is sent from then on.</summary>
    public const double Beta = 0.85;

    private const double GrowthPerSecond = 1.08;
    private const double SlowestGrowth = 4_000; // bit/s per second
    private const double FramesPerSecond = 30;
    private const double PacketBits = 1200 * 8;

    // More than was seen to arrive is a guess; this much of one, so that a layer's worth can be reached.
    private const double MaxOverAcknowledged = 1.5;
    private const double OverAcknowledged = 10_000;

    // What has been done shows in feedback after a round trip and this.
    private static readonly TimeSpan ResponseDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(1);

    private readonly LinkCapacity _capacity = new();
    private MonotonicTime _updatedAt = MonotonicTime.Never;
    private MonotonicTime _mayDecreaseAt;

    /// <summary>The rate to begin with when nothing has limited the path before.</summary>
    /// <param name="acknowledged">What arrives; above zero.</param>
    /// <param name="roundTrip">By feedback.</param>
    /// <param name="now">Now.</param>
    public double Begin(double acknowledged, TimeSpan roundTrip, MonotonicTime now)
    {
        _updatedAt = now;
        return Decrease(acknowledged, roundTrip, now);
    }

    /// <summary>The next rate.</summary>
    /// <param name="rate">The present one.</param>
    /// <param name="usage">What the detector says.</param>
    /// <param name="acknowledged">What arrives; zero while unknown, which leaves the rate alone.</param>
    /// <param name="roundTrip">By feedback.</param>
    /// <param name="now">Now.</param>
    public double Next(double rate, BandwidthUsage usage, double acknowledged, TimeSpan roundTrip, MonotonicTime now)
    {
        var elapsed = _updatedAt == MonotonicTime.Never ? TimeSpan.Zero : now - _updatedAt;
        elapsed = TimeSpan.FromTicks(Math.Clamp(elapsed.Ticks, 0, LongestStep.Ticks));
        _updatedAt = now;
        return usage switch
        {
            _ when acknowledged <= 0 => rate,
            BandwidthUsage.Underuse => rate,
            BandwidthUsage.Overuse when now < _mayDecreaseAt => rate,
            BandwidthUsage.Overuse => Math.Min(rate, Decrease(acknowledged, roundTrip, now)),
            _ => Increase(rate, acknowledged, roundTrip, elapsed.TotalSeconds),
        };
    }

    private double Decrease(double acknowledged, TimeSpan roundTrip, MonotonicTime now)
    {
        _capacity.HandleOveruse(acknowledged);
        _mayDecreaseAt = now + roundTrip + ResponseDelay;
        return Beta * acknowledged;
    }

    private double Increase(double rate, double acknowledged, TimeSpan roundTrip, double elapsed)
    {
        _capacity.HandlePassed(acknowledged);
        var grown = _capacity.IsNear(rate)
            ? rate + (elapsed * AdditivePerSecond(rate, roundTrip))
            : rate * Math.Pow(GrowthPerSecond, elapsed);
        var limit = (MaxOverAcknowledged * acknowledged) + OverAcknowledged;
        return Math.Max(rate, Math.Min(grown, limit));
    }

    // One packet of a picture per response time.
    private static double AdditivePerSecond(double rate, TimeSpan roundTrip)
    {
        var frameBits = rate / FramesPerSecond;
        var packetBits = frameBits / Math.Ceiling(frameBits / PacketBits);
        return Math.Max(SlowestGrowth, packetBits / (roundTrip + ResponseDelay).TotalSeconds);
    }
}
