using EventMeet.Media.Congestion;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Congestion;

/// <summary>From arrivals to the detector's word.</summary>
public sealed class DelayTests
{
    [Fact]
    public void Packets_of_five_milliseconds_make_a_group()
    {
        var groups = new ArrivalGroups();
        Assert.False(groups.TryComplete(0, 1_000_000, out _, out _));
        Assert.False(groups.TryComplete(5_000, 1_006_000, out _, out _));
        Assert.False(groups.TryComplete(20_000, 1_030_000, out _, out _)); // the first group has none before it
        Assert.True(groups.TryComplete(40_000, 1_050_000, out var sentDelta, out var arrivalDelta));
        Assert.Equal((15_000, 24_000), (sentDelta, arrivalDelta));
    }

    [Fact]
    public void Packets_that_were_held_up_together_are_one_group()
    {
        var groups = new ArrivalGroups();
        _ = groups.TryComplete(0, 100_000, out _, out _);
        _ = groups.TryComplete(20_000, 140_000, out _, out _);
        Assert.False(groups.TryComplete(40_000, 141_000, out _, out _));
        Assert.False(groups.TryComplete(60_000, 142_000, out _, out _));
        Assert.True(groups.TryComplete(80_000, 180_000, out var sentDelta, out var arrivalDelta));
        Assert.Equal((60_000, 42_000), (sentDelta, arrivalDelta));
    }

    [Fact]
    public void A_straggler_is_left_out_and_a_clock_that_goes_back_starts_afresh()
    {
        var groups = new ArrivalGroups();
        _ = groups.TryComplete(100_000, 0, out _, out _);
        Assert.False(groups.TryComplete(50_000, 10_000, out _, out _));
        var completed = 0;
        for (var group = 1; group < 10; group++)
        {
            completed += groups.TryComplete(100_000 + (group * 10_000), -group * 10_000, out _, out _) ? 1 : 0;
        }

        Assert.Equal(0, completed);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(100, 0.1 * 4 * 60)]
    [InlineData(-50, -0.05 * 4 * 60)]
    public void The_trend_is_the_slope_of_the_delay(int growth, double expected)
    {
        var trendline = new TrendlineEstimator();
        for (var group = 0; group < 300; group++)
        {
            trendline.HandleGroup(10_000 - (growth * 10), 10_000);
        }

        Assert.Equal(expected, trendline.Trend, tolerance: 0.01);
    }

    [Fact]
    public void Few_groups_say_nothing()
    {
        var trendline = new TrendlineEstimator();
        for (var group = 0; group < 7; group++)
        {
            trendline.HandleGroup(10_000, 30_000);
            Assert.Equal(0, trendline.Trend);
        }

        trendline.HandleGroup(10_000, 30_000);
        Assert.NotEqual(0, trendline.Trend);
        trendline.Reset();
        Assert.Equal(0, trendline.Trend);
    }

    [Fact]
    public void Overuse_must_last_ten_milliseconds_and_not_fall()
    {
        var detector = new OveruseDetector();
        detector.HandleTrend(20, 8_000, 8_000);
        Assert.Equal(BandwidthUsage.Normal, detector.Usage);
        detector.HandleTrend(19, 8_000, 8_000);
        Assert.Equal(BandwidthUsage.Normal, detector.Usage);
        detector.HandleTrend(21, 8_000, 8_000);
        Assert.Equal(BandwidthUsage.Overuse, detector.Usage);
        detector.HandleTrend(0, 8_000, 8_000);
        Assert.Equal(BandwidthUsage.Normal, detector.Usage);
        detector.HandleTrend(-30, 8_000, 8_000);
        Assert.Equal(BandwidthUsage.Underuse, detector.Usage);
    }

    [Fact]
    public void The_threshold_follows_the_trend_within_its_bounds()
    {
        var detector = new OveruseDetector();
        for (var group = 0; group < 1000; group++)
        {
            detector.HandleTrend(0, 10_000, 10_000);
        }

        Assert.Equal(6, detector.Threshold);
        for (var group = 0; group < 1000; group++)
        {
            detector.HandleTrend(20, 10_000, 10_000);
        }

        Assert.Equal(20, detector.Threshold, tolerance: 0.1);
        detector.HandleTrend(200, 10_000, 10_000); // a leap moves nothing
        Assert.Equal(20, detector.Threshold, tolerance: 0.1);
    }

    [Fact]
    public void A_queue_is_what_even_the_fastest_packet_waits()
    {
        var queue = new QueueDelay();
        var now = new MonotonicTime(1_000_000);
        queue.HandleFeedback(-500_000, now);
        Assert.Equal(0, queue.Microseconds);
        for (var feedback = 0; feedback < 20; feedback++)
        {
            now += TimeSpan.FromMilliseconds(100);
            queue.HandleFeedback(-460_000, now);
        }

        Assert.InRange(queue.Microseconds, 39_990, 40_000);

        // What has lasted twenty seconds is the length of the way.
        for (var feedback = 0; feedback < 200; feedback++)
        {
            now += TimeSpan.FromMilliseconds(100);
            queue.HandleFeedback(-460_000, now);
        }

        Assert.InRange(queue.Microseconds, 0, 10);
    }

    [Fact]
    public void The_rate_is_that_of_the_last_complete_400_milliseconds()
    {
        var rate = new AcknowledgedRate();
        Assert.Equal(0, rate.BitsPerSecond);
        var arrival = -3_000_000L;
        for (var packet = 0; packet < 200; packet++, arrival += 10_000)
        {
            rate.HandleArrival(arrival, 1250);
        }

        Assert.Equal(1_000_000, rate.BitsPerSecond);
        for (var packet = 0; packet < 60; packet++, arrival += 10_000)
        {
            rate.HandleArrival(arrival - (packet % 3 * 15_000), 625); // some out of order
        }

        Assert.InRange(rate.BitsPerSecond, 450_000, 550_000);
        rate.HandleArrival(arrival + 1_000_000, 625);
        Assert.Equal(0, rate.BitsPerSecond);
        rate.HandleArrival(arrival - 100_000_000, 625);
        Assert.Equal(0, rate.BitsPerSecond);
    }
}
