using EventMeet.Media.Values;

namespace EventMeet.Media.Congestion;

/// <summary>
/// Makes one estimate of what delay, loss and probes say: it rises only when delay and loss both let it, falls when either
/// wants it, and leaps when a probe has shown more. Rates are bits per second.
/// </summary>
internal sealed class RateControl
{
    /// <summary>Audio of one speaker must pass.</summary>
    public const double Lowest = 30_000;

    /// <summary>More is not told from no limit.</summary>
    public const double Highest = 100_000_000;

    // A receiver whose CPU is busy holds up packets for a few milliseconds; a path that has proved no limit yet is believed to be
    // too narrow only when a queue stands.
    private const long ProvenQueue = 30_000; // us

    private static readonly TimeSpan FirstLossWindow = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LossWindow = TimeSpan.FromMilliseconds(300);

    private readonly DelayBasedRate _delayBased = new();
    private readonly LossBasedRate _lossBased = new();
    private readonly StandingQueue _standing = new();

    /// <summary>Gets the probes.</summary>
    public Probes Probes { get; } = new();

    /// <summary>Gets the estimate; zero while nothing has limited the path.</summary>
    public double Estimate { get; private set; }

    /// <summary>Gets a value indicating whether a queue stands: no time to probe.</summary>
    public bool IsQueueStanding => _standing.IsStanding;

    /// <summary>Takes what a feedback said.</summary>
    /// <param name="arrivals">The arrivals, the feedback's among them.</param>
    /// <param name="packets">How many packets it spoke of for the first time.</param>
    /// <param name="lost">How many of them had not arrived, less those that came late.</param>
    /// <param name="newest">The newest packet it spoke of.</param>
    /// <param name="roundTrip">By feedback.</param>
    /// <param name="now">When it came.</param>
    public void HandleFeedback(
        ArrivalFilter arrivals,
        int packets,
        int lost,
        long newest,
        TimeSpan roundTrip,
        MonotonicTime now
    )
    {
        var window = Estimate == 0 ? FirstLossWindow : LossWindow + roundTrip;
        var hasLoss = _lossBased.HandleFeedback(packets, lost, window, now);
        var acknowledged = arrivals.AcknowledgedBitsPerSecond;
        if (Estimate > 0)
        {
            var usage = UsageBy(arrivals, roundTrip, now);
            var rate = _delayBased.Next(Estimate, usage, acknowledged, roundTrip, now);
            rate = _lossBased.MayRise && !_standing.IsStanding ? rate : Math.Min(rate, Estimate);
            Change(hasLoss ? Math.Min(rate, LossRate(acknowledged, now)) : rate, now);
            var isCongested = arrivals.Usage == BandwidthUsage.Overuse;
            Estimate = Math.Min(Probes.TakeResult(newest, isCongested, Estimate, roundTrip, now), Highest);
        }
        else if (
            acknowledged > 0
            && arrivals.Usage == BandwidthUsage.Overuse
            && arrivals.Queue.Microseconds > ProvenQueue
        )
        {
            Change(_delayBased.Begin(acknowledged, roundTrip, now), now);
        }
        else if (acknowledged > 0 && hasLoss)
        {
            Change(acknowledged * _lossBased.Factor, now);
        }
    }

    // A queue that stands is overuse that the trend does not show.
    private BandwidthUsage UsageBy(ArrivalFilter arrivals, TimeSpan roundTrip, MonotonicTime now)
    {
        switch (_standing.HandleFeedback(arrivals.Queue, roundTrip, now))
        {
            case StandingQueueAdvice.Lower:
                return BandwidthUsage.Overuse;
            case StandingQueueAdvice.Accept:
                arrivals.Queue.Reset();
                return arrivals.Usage;
            default:
                return arrivals.Usage;
        }
    }

    // What arrives in spite of loss passes: with a little less than that sent, nothing is lost any more.
    private double FallBy(double factor, double acknowledged) =>
        Math.Min(Estimate, Math.Max(Estimate * factor, DelayBasedRate.Beta * acknowledged));

    // Loss right after a probe's success refutes it: a policer lets bursts pass. Back to where the estimate was.
    private double LossRate(double acknowledged, MonotonicTime now) =>
        Math.Min(FallBy(_lossBased.Factor, acknowledged), Probes.ProbationEstimate(now) ?? double.MaxValue);

    private void Change(double rate, MonotonicTime now)
    {
        rate = Math.Clamp(rate, Lowest, Highest);
        if (rate < Estimate || Estimate == 0)
        {
            Probes.HandleDecrease(now);
        }
        else if (rate > Estimate)
        {
            Probes.HandleIncrease(rate, now);
        }

        Estimate = rate;
    }
}
