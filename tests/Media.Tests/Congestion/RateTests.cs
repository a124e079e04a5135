using EventMeet.Media.Congestion;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Congestion;

/// <summary>From the detector's word, loss and probes to a rate.</summary>
public sealed class RateTests
{
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan HalfASecond = TimeSpan.FromMilliseconds(500);

    private MonotonicTime _now = new(9_000_000);

    [Fact]
    public void Overuse_leaves_85_percent_of_what_arrives_once_per_response_time()
    {
        var delayBased = new DelayBasedRate();
        var rate = delayBased.Begin(1_000_000, RoundTrip, _now);
        Assert.Equal(850_000, rate, tolerance: 1);
        Wait(100);
        Assert.Equal(rate, delayBased.Next(rate, BandwidthUsage.Overuse, 800_000, RoundTrip, _now));
        Wait(50);
        Assert.Equal(680_000, delayBased.Next(rate, BandwidthUsage.Overuse, 800_000, RoundTrip, _now), tolerance: 1);
        Wait(200);
        Assert.Equal(500_000, delayBased.Next(500_000, BandwidthUsage.Overuse, 800_000, RoundTrip, _now));
    }

    [Fact]
    public void Far_from_the_capacity_it_grows_by_8_percent_a_second_and_near_it_by_packets()
    {
        var delayBased = new DelayBasedRate();
        _ = delayBased.Begin(3_000_000, RoundTrip, _now);
        Wait(1000);
        Assert.Equal(1_080_000, delayBased.Next(1_000_000, BandwidthUsage.Normal, 1_000_000, RoundTrip, _now), 1.0);
        Wait(5000); // no more than a second is made up for
        Assert.Equal(1_080_000, delayBased.Next(1_000_000, BandwidthUsage.Normal, 1_000_000, RoundTrip, _now), 1.0);

        // 100 kbit in a picture, eleven packets of 9.1 kbit, one per 150 ms.
        Wait(1000);
        var near = delayBased.Next(3_000_000, BandwidthUsage.Normal, 3_000_000, RoundTrip, _now);
        Assert.Equal(3_000_000 + (100_000 / 11.0 / 0.15), near, 1.0);
    }

    [Fact]
    public void It_holds_while_a_queue_drains_and_when_it_is_not_used()
    {
        var delayBased = new DelayBasedRate();
        _ = delayBased.Begin(1_000_000, RoundTrip, _now);
        Wait(1000);
        Assert.Equal(850_000, delayBased.Next(850_000, BandwidthUsage.Underuse, 850_000, RoundTrip, _now));
        Wait(1000);
        Assert.Equal(850_000, delayBased.Next(850_000, BandwidthUsage.Normal, 100_000, RoundTrip, _now));
        Wait(1000);
        Assert.Equal(160_000, delayBased.Next(155_000, BandwidthUsage.Normal, 100_000, RoundTrip, _now));
        Wait(1000);
        Assert.Equal(850_000, delayBased.Next(850_000, BandwidthUsage.Overuse, 0, RoundTrip, _now));
    }

    [Theory]
    [InlineData(0, true, false)]
    [InlineData(1, true, false)]
    [InlineData(2, false, false)]
    [InlineData(8, false, false)]
    [InlineData(30, false, true)]
    public void Loss_lets_rise_holds_or_lowers(int lostOfHundred, bool mayRise, bool lowers)
    {
        var lossBased = new LossBasedRate();
        Assert.False(lossBased.HandleFeedback(50, 0, HalfASecond, _now));
        Wait(500);
        Assert.Equal(lowers, lossBased.HandleFeedback(50, lostOfHundred, HalfASecond, _now));
        Assert.Equal(mayRise, lossBased.MayRise);
        Assert.Equal(1 - (0.005 * lostOfHundred), lossBased.Factor, 1e-9);
    }

    [Fact]
    public void A_burst_of_few_packets_is_not_loss_and_chance_is_waited_for()
    {
        var lossBased = new LossBasedRate();
        _ = lossBased.HandleFeedback(0, 0, HalfASecond, _now);
        Wait(600);
        Assert.False(lossBased.HandleFeedback(19, 19, HalfASecond, _now)); // too few
        Wait(6000); // and stale by now
        Assert.False(lossBased.HandleFeedback(25, 4, HalfASecond, _now)); // 16 %, of which chance may be half
        Wait(600);
        Assert.False(lossBased.HandleFeedback(25, 4, HalfASecond, _now));
        Wait(600);
        Assert.False(lossBased.HandleFeedback(25, -3, HalfASecond, _now)); // they were late, not lost
        Assert.Equal(5.0 / 75, lossBased.Fraction, 1e-9);
    }

    [Fact]
    public void A_queue_that_stands_is_lowered_twice_then_taken_for_the_way()
    {
        var standing = new StandingQueue();
        var queue = new QueueDelay();
        queue.HandleFeedback(0, _now);
        var advice = new List<StandingQueueAdvice>();
        for (var feedback = 0; feedback < 60; feedback++)
        {
            Wait(100);
            queue.HandleFeedback(150_000, _now);
            var next = standing.HandleFeedback(queue, RoundTrip, _now);
            if (next != StandingQueueAdvice.None)
            {
                advice.Add(next);
            }
        }

        Assert.True(standing.IsStanding);
        Assert.Equal([StandingQueueAdvice.Lower, StandingQueueAdvice.Lower, StandingQueueAdvice.Accept], advice[..3]);
        queue.Reset();
        _ = standing.HandleFeedback(queue, RoundTrip, _now);
        Assert.False(standing.IsStanding);
    }

    [Theory]
    [InlineData(1_000_000, 5_000_000, 2_000_000)]
    [InlineData(1_000_000, 1_500_000, 1_800_000)]
    [InlineData(1_000_000, 1_000_000, 1_200_000)]
    [InlineData(1_300_000, 1_000_000, 0)]
    [InlineData(30_000, 40_000, 48_000)]
    [InlineData(60_000_000, 90_000_000, 0)]
    public void A_probe_aims_at_what_is_wanted_and_no_more_than_twice_the_estimate(
        double estimate,
        double wanted,
        double target
    ) => Assert.Equal(target, Probes.TargetFor(estimate, wanted), 1.0);

    [Fact]
    public void A_probe_is_sent_in_five_steps_and_media_counts()
    {
        var (probes, sent) = (new Probes(), new SentPackets());
        probes.Start(2_000_000, sent.Next, _now);
        var asked = new List<int>();
        for (var step = 0; step < 5; step++)
        {
            var bytes = probes.Take(sent, _now);
            asked.Add(bytes);
            _ = sent.Add(step == 1 ? 4000 : bytes, _now);
            Assert.Equal(0, probes.Take(sent, _now));
            _now = probes.NextTimeout;
        }

        Assert.Equal([1250, 1250, 0, 0, 1000], asked);
        Assert.Equal(0, probes.Take(sent, _now));
        Assert.True(probes.Has(sent.Next - 1));
        Assert.False(probes.Has(sent.Next));
        Assert.True(probes.IsRunning);

        // No feedback for a second: the pause doubles each time.
        Wait(1000);
        _ = probes.Take(sent, _now);
        Assert.False(probes.IsRunning);
        Assert.Equal(_now + TimeSpan.FromSeconds(2), probes.NextTimeout);
    }

    [Fact]
    public void A_slow_probe_goes_on_until_it_is_five_packets()
    {
        var (probes, sent) = (new Probes(), new SentPackets());
        probes.Start(600_000, sent.Next, _now);
        var (start, fifth) = (_now.Microseconds, _now);
        for (var step = 0; step < 20; step++)
        {
            if (probes.Take(sent, _now) > 0)
            {
                _ = sent.Add(1200, _now);
                fifth = _now;
            }

            _now = probes.NextTimeout;
        }

        // 75 bytes a millisecond: the fifth is due once four have passed.
        Assert.Equal((5, 60_000), (sent.Next, fifth.Microseconds - start));
    }

    [Theory]
    [InlineData(1.0, 1_900_000, 150)] // all of it arrives as fast as it left: on at once
    [InlineData(0.7, 1_330_000, 2000)] // the path is full, but that much was shown
    [InlineData(0.4, 1_000_000, 2000)]
    public void A_probe_proves_the_lesser_of_sending_and_arriving(double share, double estimate, int pause)
    {
        var (probes, sent) = (new Probes(), new SentPackets());
        Send(probes, sent, share, 2_000_000);
        Assert.Equal(1_000_000, probes.TakeResult(sent.Next - 2, isCongested: false, 1_000_000, RoundTrip, _now));
        var result = probes.TakeResult(sent.Next - 1, isCongested: false, 1_000_000, RoundTrip, _now);
        Assert.Equal(estimate, result, 100.0);
        Assert.Equal(_now + TimeSpan.FromMilliseconds(pause), probes.NextTimeout);
    }

    [Fact]
    public void What_a_probe_has_proved_is_taken_back_if_the_estimate_falls_right_after()
    {
        var (probes, sent) = (new Probes(), new SentPackets());
        Send(probes, sent, 1, 2_000_000);
        _ = probes.TakeResult(sent.Next - 1, isCongested: false, 1_000_000, RoundTrip, _now);
        Wait(500);
        Assert.Equal(1_000_000, probes.ProbationEstimate(_now));
        probes.HandleDecrease(_now);
        Assert.Null(probes.ProbationEstimate(_now));
        Assert.Equal(_now + TimeSpan.FromSeconds(2), probes.NextTimeout);

        // Each failure doubles the pause, to half a minute; then a success that stands resets it.
        foreach (var seconds in new[] { 4, 8, 16, 30, 30 })
        {
            Send(probes, sent, 0.4, 2_000_000);
            _ = probes.TakeResult(sent.Next - 1, isCongested: false, 1_000_000, RoundTrip, _now);
            Assert.Equal(_now + TimeSpan.FromSeconds(seconds), probes.NextTimeout);
        }

        Send(probes, sent, 1, 2_000_000);
        _ = probes.TakeResult(sent.Next - 1, isCongested: false, 1_000_000, RoundTrip, _now);
        Wait(3000);
        Send(probes, sent, 0.4, 2_000_000);
        probes.HandleIncrease(1_000_000, _now);
        _ = probes.TakeResult(sent.Next - 1, isCongested: true, 1_000_000, RoundTrip, _now);
        Assert.Equal(_now + TimeSpan.FromSeconds(2), probes.NextTimeout);
    }

    // Five packets, received at a share of the rate that they were sent at.
    private void Send(Probes probes, SentPackets sent, double share, double target)
    {
        probes.Start(target, sent.Next, _now);
        for (var step = 0; step < 5; step++)
        {
            var bytes = probes.Take(sent, _now);
            _ = sent.Add(bytes, _now);
            probes.HandleArrival(_now.Microseconds, (long)(step * 5000 / share), bytes);
            _now = probes.NextTimeout;
        }

        _ = probes.Take(sent, _now);
    }

    private void Wait(int milliseconds) => _now += TimeSpan.FromMilliseconds(milliseconds);
}
