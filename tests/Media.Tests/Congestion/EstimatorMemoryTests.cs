using EventMeet.Media.Congestion;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Tests.Conversations;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Congestion;

/// <summary>What an estimator costs: there are as many as subscribers.</summary>
[Collection(MemoryTestsAlone.Name)]
public sealed class EstimatorMemoryTests(ITestOutputHelper output)
{
    private const int Estimators = 100;

    [Fact]
    public void A_hundred_thousand_packets_with_feedback_allocate_nothing()
    {
        var estimator = new BandwidthEstimator { Wanted = DataRate.FromMegabitsPerSecond(5) };
        var run = new Run { IsNarrow = true };
        run.Go(estimator, 20_000, 3000);
        Assert.NotNull(estimator.Estimate);
        var before = GC.GetAllocatedBytesForCurrentThread();

        run.Go(estimator, 100_000, 3000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(run.ProbeBytes > 0);
    }

    [Theory]
    [InlineData("before the first packet", 0, 20_000, 400)]
    [InlineData("audio, no feedback", 2000, 20_000, 1_500)]
    [InlineData("audio", 2001, 20_000, 2_560)]
    [InlineData("video, 300 packets a second", 6001, 3_333, 8_192)]
    public void An_estimator_is_small(string what, int packets, int gapMicroseconds, int most)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var count = 0; count < Estimators; count++)
        {
            new Run { HasFeedback = packets % 2 == 1 }.Go(new BandwidthEstimator(), packets, gapMicroseconds);
        }

        var runs = GC.GetAllocatedBytesForCurrentThread();
        for (var count = 0; count < Estimators; count++)
        {
            new Run { HasFeedback = false }.Go(null, 1, 1);
        }

        var each = (runs - before - (GC.GetAllocatedBytesForCurrentThread() - runs)) / Estimators;
        output.WriteLine($"{what}: {each} bytes");
        Assert.InRange(each, 1, most);
    }

    /// <summary>Packets at an even pace, feedback every 100 ms; when narrow, the delay grows and falls.</summary>
    private sealed class Run
    {
        private readonly long[] _arrivals = new long[64];
        private readonly byte[] _buffer = new byte[400];
        private MonotonicTime _now = new(10_000_000);
        private int _count;
        private ushort _next;

        public bool HasFeedback { get; set; } = true;

        public bool IsNarrow { get; init; }

        public int ProbeBytes { get; private set; }

        public void Go(BandwidthEstimator? estimator, int packets, int gapMicroseconds)
        {
            var perFeedback = Math.Min(_arrivals.Length, 100_000 / gapMicroseconds);
            for (; packets > 0; packets--)
            {
                Send(estimator, 1200);
                _now = new(_now.Microseconds + gapMicroseconds);
                if (estimator is not null)
                {
                    var probe = estimator.TakeProbe(_now);
                    ProbeBytes += probe;
                    if (probe > 0)
                    {
                        Send(estimator, probe);
                    }

                    estimator.Allocated = estimator.Estimate ?? estimator.Wanted;
                }

                if (HasFeedback && _count >= perFeedback)
                {
                    Report(estimator);
                }
            }
        }

        private void Send(BandwidthEstimator? estimator, int length)
        {
            var number = estimator?.HandleSent(length, _now) ?? _next++;
            if (_count == 0)
            {
                _next = number;
            }

            // Half a second of growth by a fifth, then as much of falling, every eight seconds.
            var phase = _now.Microseconds % 8_000_000;
            var queue = IsNarrow ? Math.Clamp(500_000 - Math.Abs(phase - 500_000), 0, 500_000) / 5 : 0;
            _arrivals[_count % _arrivals.Length] = _now.Microseconds + queue;
            _count++;
        }

        private void Report(BandwidthEstimator? estimator)
        {
            var arrivals = _arrivals.AsSpan(0, Math.Min(_count, _arrivals.Length));
            var length = TransportFeedbackWriter.Write(_buffer, 1, 2, _next, 0, arrivals, out _);
            _count = 0;
            if (estimator is not null)
            {
                _ = BandwidthEstimatorTests.Feed(estimator, _buffer.AsSpan(0, length), _now);
            }
        }
    }
}
