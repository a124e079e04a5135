using System.Globalization;

namespace EventMeet.Media.Tests.Congestion;

/// <summary>Whole minutes of sending over simulated paths. What each reaches is in the area's README.</summary>
public sealed class ScenarioTests(ITestOutputHelper output)
{
    private static readonly double[] Layers = [150_000, 500_000, 1_500_000];

    private readonly Simulation _simulation = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void An_ample_path_is_never_limited_whatever_its_jitter_and_however_busy_the_receiver(int seed)
    {
        var path = Path(seed, 20_000_000);
        path.JitterMilliseconds = 15;
        path.QueueBytes = 256 * 1024;
        var subscriber = new SimulatedSubscriber(_simulation, path, seed, slots: 3, Layers) { BusyMilliseconds = 20 };

        _simulation.Run(120);

        Show(path, subscriber, 0, 120);
        Assert.Null(subscriber.Estimator.Estimate);
        Assert.All(subscriber.Samples, sample => Assert.True(double.IsInfinity(sample.Estimate)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_narrow_path_is_found_at_once_then_used_without_a_queue(int seed)
    {
        var path = Path(seed, 1_000_000);
        var subscriber = new SimulatedSubscriber(_simulation, path, seed);

        _simulation.Run(63);

        Show(path, subscriber, 3, 63);
        Assert.InRange(subscriber.FirstBelow(1_000_000, 0), 0, 1.5);
        Assert.InRange(subscriber.MeanSent(2, 3), 0, 1_000_000);
        Assert.InRange(subscriber.MeanReceived(3, 63), 800_000, 1_000_000);
        Assert.InRange(path.WaitAt(0.95, 3, 63), 0, 120);
        Assert.InRange(path.LossShare(3, 63), 0, 0.02);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Layers_that_fit_a_narrow_path_are_found(int seed)
    {
        var path = Path(seed, 1_000_000);
        var subscriber = new SimulatedSubscriber(_simulation, path, seed, slots: 3, Layers);

        _simulation.Run(123);

        Show(path, subscriber, 3, 123);

        // Below the capacity 840 and 490 kbit/s can be had; the first needs an estimate of 924.
        Assert.InRange(subscriber.MeanReceived(3, 123), 600_000, 1_000_000);
        Assert.InRange(path.WaitAt(0.95, 3, 123), 0, 150);
        Assert.InRange(path.LossShare(3, 123), 0, 0.02);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_path_that_becomes_narrow_and_wide_again_is_followed(int seed)
    {
        var path = Path(seed, 3_000_000);
        _simulation.AtSecond(10, () => path.SetRate(800_000));
        _simulation.AtSecond(40, () => path.SetRate(3_000_000));
        var subscriber = new SimulatedSubscriber(_simulation, path, seed);

        _simulation.Run(70);

        Show(path, subscriber, 12, 40);
        Assert.True(double.IsInfinity(subscriber.Samples[95].Estimate));
        Assert.InRange(subscriber.FirstBelow(800_000, 10), 10, 12);
        Assert.InRange(subscriber.FirstSentAbove(2_400_000 * 0.95, 40), 40, 55);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_loss_is_not_congestion(int seed)
    {
        var path = Path(seed, 10_000_000);
        path.Loss = 0.05;
        var subscriber = new SimulatedSubscriber(_simulation, path, seed);

        // Thirty seconds of a real limit, so that there is an estimate that could collapse afterwards.
        _simulation.Run(60);
        Show(path, subscriber, 0, 60);
        Assert.Null(subscriber.Estimator.Estimate);
        path.SetRate(1_000_000);
        _simulation.Run(90);
        Show(path, subscriber, 63, 90);
        path.SetRate(10_000_000);
        _simulation.Run(180);

        Show(path, subscriber, 120, 180);
        Assert.InRange(subscriber.MeanSent(70, 90), 600_000, 1_100_000);
        Assert.InRange(subscriber.MeanSent(120, 180), 0.9 * subscriber.Wanted, double.MaxValue);
        Assert.All(
            subscriber.Samples.Where(x => x.Second > 125),
            x => Assert.True(x.Estimate > 0.8 * subscriber.Wanted)
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_policer_is_found_by_its_loss(int seed)
    {
        var path = Path(seed, 100_000_000);
        path.PolicerBitsPerSecond = 1_000_000;
        var subscriber = new SimulatedSubscriber(_simulation, path, seed);

        _simulation.Run(65);

        Show(path, subscriber, 5, 65);
        Assert.InRange(subscriber.MeanSent(3, 5), 0, 1_300_000);
        Assert.InRange(subscriber.MeanReceived(5, 65), 700_000, 1_010_000);

        // Up to a tenth of loss holds the estimate: that is where it ends on a path that answers with nothing but loss.
        Assert.InRange(path.LossShare(5, 65), 0, 0.1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Traffic_of_others_is_made_room_for_and_its_room_taken_again(int seed)
    {
        var path = Path(seed, 3_000_000);
        path.AddCrossTraffic(2_000_000, 10, 40);
        var subscriber = new SimulatedSubscriber(_simulation, path, seed);

        _simulation.Run(70);

        Show(path, subscriber, 15, 40);
        Assert.InRange(subscriber.FirstBelow(1_100_000, 10), 10, 14);
        Assert.InRange(subscriber.MeanReceived(15, 40), 500_000, 1_050_000);
        Assert.InRange(path.WaitAt(0.95, 15, 40), 0, 180);
        Assert.InRange(subscriber.FirstSentAbove(2_400_000 * 0.95, 40), 40, 55);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Feedback_that_stays_away_for_three_seconds_changes_nothing(bool isLimited)
    {
        var path = Path(4, isLimited ? 1_000_000 : 20_000_000);
        var subscriber = new SimulatedSubscriber(_simulation, path, 4);
        _simulation.AtSecond(20, () => subscriber.LosesFeedback = true);
        _simulation.AtSecond(23, () => subscriber.LosesFeedback = false);

        _simulation.Run(20);
        var before = subscriber.Estimator.Estimate?.BitsPerSecond ?? 0;
        _simulation.Run(24);
        var after = subscriber.Estimator.Estimate?.BitsPerSecond ?? 0;
        _simulation.Run(40);

        Show(path, subscriber, 20, 40);
        Assert.Equal(isLimited, before > 0);
        Assert.InRange(after, 0.8 * before, 1.2 * before);
        Assert.InRange(subscriber.MeanReceived(24, 40), isLimited ? 700_000 : 2_300_000, 2_600_000);
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(-10_000)]
    [InlineData(1_500)]
    [InlineData(86_400_000L * 13)]
    public void A_receivers_clock_that_leaps_is_not_congestion(long milliseconds)
    {
        var path = Path(5, 20_000_000);
        var subscriber = new SimulatedSubscriber(_simulation, path, 5);
        _simulation.AtSecond(20, () => subscriber.ClockLead += TimeSpan.FromMilliseconds(milliseconds));

        _simulation.Run(40);

        Assert.Null(subscriber.Estimator.Estimate);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_round_trip_of_half_a_second_is_slower_but_steady(int seed)
    {
        var path = Path(seed, 1_000_000);
        path.OneWayMilliseconds = 250;
        var subscriber = new SimulatedSubscriber(_simulation, path, seed);

        _simulation.Run(65);

        Show(path, subscriber, 5, 65);
        Assert.InRange(subscriber.Estimator.RoundTrip.TotalMilliseconds, 500, 700);
        Assert.InRange(subscriber.MeanSent(3, 5), 0, 1_000_000);
        Assert.InRange(subscriber.MeanReceived(5, 65), 650_000, 1_000_000);
        Assert.InRange(path.WaitAt(0.95, 5, 65), 0, 250);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Two_who_share_a_bottleneck_both_get_their_part(int seed)
    {
        var path = Path(seed, 2_000_000);
        var first = new SimulatedSubscriber(_simulation, path, seed);
        SimulatedSubscriber? second = null;
        _simulation.AtSecond(20, () => second = new(_simulation, path, seed + 100));

        _simulation.Run(140);

        Show(path, first, 40, 140);
        Show(path, second!, 40, 140);

        // Who comes later begins without a limit and keeps the larger part: a third and two thirds, about.
        Assert.InRange(first.MeanReceived(40, 140), 500_000, 1_500_000);
        Assert.InRange(second!.MeanReceived(40, 140), 500_000, 1_500_000);
        Assert.InRange(path.WaitAt(0.95, 40, 140), 0, 200);
    }

    [Fact]
    public void Probes_that_get_no_padding_become_rare()
    {
        var path = Path(6, 1_000_000);
        var subscriber = new SimulatedSubscriber(_simulation, path, 6, slots: 3, Layers) { IgnoresProbes = true };

        _simulation.Run(120);

        Show(path, subscriber, 3, 120);
        Assert.NotNull(subscriber.Estimator.Estimate);
        Assert.InRange(subscriber.MeanReceived(10, 120), 200_000, 1_000_000);
    }

    private SimulatedPath Path(int seed, double bitsPerSecond)
    {
        var path = new SimulatedPath(_simulation, seed);
        path.SetRate(bitsPerSecond);
        return path;
    }

    private void Show(SimulatedPath path, SimulatedSubscriber subscriber, double from, double until)
    {
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{TestContext.Current.TestMethod!.MethodName} {from}..{until}: received {subscriber.MeanReceived(from, until) / 1000:F0} kbit/s, waits {path.WaitAt(0.5, from, until):F0} {path.WaitAt(0.95, from, until):F0} ms, lost {path.LossShare(from, until):P1}, first below capacity {subscriber.FirstEstimate:F1} s, probes {subscriber.ProbeSteps} steps {subscriber.ProbeBytes} bytes"
            )
        );
    }
}
