using EventMeet.Media.Congestion;
using EventMeet.Media.Packets;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Congestion;

public sealed class BandwidthEstimatorTests
{
    [Fact]
    public void Has_no_opinion_until_the_path_has_one()
    {
        var estimator = new BandwidthEstimator
        {
            Wanted = DataRate.FromMegabitsPerSecond(2),
            Allocated = DataRate.FromMegabitsPerSecond(1),
        };
        Assert.Null(estimator.Estimate);
        Assert.Equal(TimeSpan.Zero, estimator.RoundTrip);
        Assert.Equal(MonotonicTime.Never, estimator.NextTimeout);
        Assert.Equal(0, estimator.TakeProbe(new(1)));
        Assert.Equal(0, estimator.HandleSent(100, new(1)));
        Assert.Equal(1, estimator.HandleSent(100, new(2)));
        Assert.Null(estimator.Estimate);
    }

    [Fact]
    public void Measures_the_round_trip_by_the_newest_packet_of_a_feedback()
    {
        var estimator = new BandwidthEstimator();
        _ = estimator.HandleSent(100, new(1_000_000));
        _ = estimator.HandleSent(100, new(1_090_000));
        Assert.True(Feed(estimator, Feedback(0, 7_000_000, 7_090_000), new(1_140_000)));
        Assert.Equal(TimeSpan.FromMilliseconds(50), estimator.RoundTrip);

        // The same once more is no news.
        Assert.True(Feed(estimator, Feedback(0, 7_000_000, 7_090_000), new(1_900_000)));
        Assert.Equal(TimeSpan.FromMilliseconds(50), estimator.RoundTrip);
    }

    [Property(MaxTest = 500)]
    public bool Whatever_feedback_claims_the_estimate_stays_in_its_bounds(byte[][] bodies, ushort[] lengths, byte pace)
    {
        var estimator = new BandwidthEstimator
        {
            Wanted = DataRate.FromMegabitsPerSecond(5),
            Allocated = DataRate.FromMegabitsPerSecond(1),
        };
        var now = new MonotonicTime(77_000_000);
        foreach (var body in bodies)
        {
            foreach (var length in lengths)
            {
                _ = estimator.HandleSent(length, now);
                now += TimeSpan.FromMicroseconds(pace * 20);
            }

            _ = Feed(estimator, Shaped(body), now) && Feed(estimator, Shaped(body), now);
            var bytes = estimator.TakeProbe(now);
            if (
                bytes is < 0 or > 128 * 1024
                || estimator.Estimate is { BitsPerSecond: < 30_000 or > 100_000_000 }
                || estimator.HistoryCapacity > SentPackets.LargestCapacity
                || estimator.RoundTrip < TimeSpan.Zero
            )
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A liar of whom every word is well-formed: random losses and times about packets that were sent.</summary>
    [Property(MaxTest = 200)]
    public bool A_liar_is_believed_within_bounds(int seed)
    {
        var random = new Random(seed);
        var estimator = new BandwidthEstimator { Wanted = DataRate.FromMegabitsPerSecond(5) };
        var now = new MonotonicTime(77_000_000);
        for (var round = 0; round < 200; round++)
        {
            var first = 0;
            var count = 1 + random.Next(40);
            for (var packet = 0; packet < count; packet++)
            {
                first = estimator.HandleSent(random.Next(1500), now);
                now += TimeSpan.FromMicroseconds(random.Next(5000));
            }

            estimator.Allocated = new(Math.Min(4_000_000, estimator.Estimate?.BitsPerSecond ?? 4_000_000));
            var clock = now.Microseconds + (random.Next(30) == 0 ? random.NextInt64(1L << 40) : 0);
            var arrivals = new long[count];
            for (var packet = 0; packet < count; packet++)
            {
                clock += random.Next(12_000) - 1000;
                arrivals[packet] = random.Next(6) == 0 ? TransportFeedbackWriter.Missing : clock;
            }

            _ = Feed(estimator, Feedback((ushort)(first - count + 1 + (random.Next(9) / 8)), arrivals), now);
            var probe = estimator.TakeProbe(now);
            if (probe is < 0 or > 128 * 1024 || estimator.Estimate is { BitsPerSecond: < 30_000 or > 100_000_000 })
            {
                return false;
            }
        }

        return true;
    }

    internal static bool Feed(BandwidthEstimator estimator, ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        if (
            RtcpReader.TryOpen(datagram, out var reader) != PacketFault.None
            || !reader.MoveNext()
            || TransportFeedback.TryParse(reader.Current, out var feedback) != PacketFault.None
        )
        {
            return false;
        }

        estimator.HandleFeedback(ref feedback, now);
        return true;
    }

    internal static byte[] Feedback(ushort first, params long[] arrivals)
    {
        var buffer = new byte[1500];
        var length = TransportFeedbackWriter.Write(buffer, 1, 2, first, 0, arrivals, out _);
        return buffer[..length];
    }

    // Random bytes behind a feedback's header; the base and the count are small, so that something is hit.
    private static byte[] Shaped(byte[] body)
    {
        byte[] padded = [.. body, .. new byte[40]];
        var length = padded.Length / 4 * 4;
        (padded[0], padded[2]) = (0, 0);
        return [0x8F, 205, 0, (byte)((length + 8) / 4), 0, 0, 0, 1, 0, 0, 0, 2, .. padded[..length]];
    }
}
