using EventMeet.Media.Congestion;
using EventMeet.Media.Feedback;
using EventMeet.Media.Packets;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Congestion;

/// <summary>
/// An SFU's sending to one subscriber: audio, and video slots that carry the best layer that fits the estimate; and the
/// subscriber, who gives the real feedback.
/// </summary>
internal sealed class SimulatedSubscriber
{
    private const double AudioRate = 40_000;
    private const double FramesPerSecond = 30;
    private const int PacketLength = 1200;

    // An allocator goes up only with something in hand.
    private const double UpwardReserve = 1.1;

    private readonly Simulation _simulation;
    private readonly SimulatedPath _path;
    private readonly Random _random;
    private readonly double[] _layers;
    private readonly int[] _chosen;
    private readonly TransportFeedbackRecorder _recorder = new();
    private MonotonicTime _probeTimer = MonotonicTime.Never;
    private MonotonicTime _wakesAt;
    private double _sentBytes;
    private double _receivedBytes;

    /// <summary>Starts sending.</summary>
    /// <param name="simulation">The time.</param>
    /// <param name="path">The way.</param>
    /// <param name="seed">For the sizes of frames and the receiver's moods.</param>
    /// <param name="slots">Video slots.</param>
    /// <param name="layers">The rates of each slot's layers; with none, the slots share one rate that takes every value.</param>
    /// <param name="wanted">Without layers: what is wanted.</param>
    public SimulatedSubscriber(
        Simulation simulation,
        SimulatedPath path,
        int seed,
        int slots = 1,
        double[]? layers = null,
        double wanted = 2_500_000
    )
    {
        (_simulation, _path, _random, _layers) = (simulation, path, new(seed), layers ?? []);
        _chosen = new int[slots];
        Array.Fill(_chosen, _layers.Length - 1);
        Wanted = layers is null ? wanted : AudioRate + (slots * layers[^1]);
        Allocated = Wanted;
        Allocate();
        simulation.After(_random.NextDouble() * 20, () => simulation.Every(20, () => Send(100)));
        for (var slot = 0; slot < slots; slot++)
        {
            var mine = slot;
            simulation.After(
                _random.NextDouble() * 33,
                () => simulation.Every(1000 / FramesPerSecond, () => SendFrame(mine))
            );
        }

        simulation.Every(100, Sample);
    }

    public BandwidthEstimator Estimator { get; } = new();

    public double Wanted { get; }

    public double Allocated { get; private set; }

    /// <summary>Gets or sets for how long at most the receiver does not look for packets.</summary>
    public double BusyMilliseconds { get; set; }

    /// <summary>Gets or sets how far the receiver's clock is ahead of ours.</summary>
    public TimeSpan ClockLead { get; set; }

    public bool LosesFeedback { get; set; }

    /// <summary>Gets or sets a value indicating whether probes get no padding.</summary>
    public bool IgnoresProbes { get; set; }

    public bool SendsNothing { get; set; }

    /// <summary>Gets what left, what arrived, and the estimate, every 100 ms.</summary>
    public List<(double Second, double SentRate, double ReceivedRate, double Estimate)> Samples { get; } = [];

    public int SentPackets { get; private set; }

    public int ProbeBytes { get; private set; }

    public int ProbeSteps { get; private set; }

    /// <summary>Gets the second of the first estimate.</summary>
    public double FirstEstimate =>
        Samples
            .Where(sample => !double.IsInfinity(sample.Estimate))
            .Select(x => x.Second)
            .DefaultIfEmpty(double.NaN)
            .First();

    public double MeanReceived(double from, double until) => Mean(from, until, sample => sample.ReceivedRate);

    public double MeanSent(double from, double until) => Mean(from, until, sample => sample.SentRate);

    /// <summary>The first second after one with an estimate of at most a rate.</summary>
    public double FirstBelow(double rate, double from) =>
        Samples.First(sample => sample.Second >= from && sample.Estimate <= rate).Second;

    /// <summary>The first second after one from which a second's sending is at least a rate in the mean.</summary>
    public double FirstSentAbove(double rate, double from) =>
        Enumerable
            .Range(0, 1000)
            .Select(step => from + (step * 0.1))
            .First(second => MeanSent(second, second + 1) >= rate);

    private double Mean(
        double from,
        double until,
        Func<(double, double SentRate, double ReceivedRate, double Estimate), double> value
    ) =>
        Samples
            .Where(sample => sample.Second > from && sample.Second <= until)
            .Select(value)
            .DefaultIfEmpty(0)
            .Average();

    private void Sample()
    {
        var estimate = Estimator.Estimate?.BitsPerSecond ?? double.PositiveInfinity;
        Samples.Add((_simulation.Seconds, _sentBytes * 80, _receivedBytes * 80, estimate));
        (_sentBytes, _receivedBytes) = (0, 0);
    }

    private void SendFrame(int slot)
    {
        var rate = _layers.Length == 0 ? (Allocated - AudioRate) / _chosen.Length : LayerRate(_chosen[slot]);
        var bytes = (int)(rate / 8 / FramesPerSecond * (0.8 + (0.4 * _random.NextDouble())));
        for (; bytes > 0; bytes -= PacketLength)
        {
            Send(Math.Min(bytes, PacketLength));
        }
    }

    private double LayerRate(int layer) => layer < 0 ? 0 : _layers[layer];

    private void Send(int length)
    {
        if (SendsNothing)
        {
            return;
        }

        var number = Estimator.HandleSent(length, _simulation.Now);
        SentPackets++;
        _sentBytes += length;
        _path.Send(length, () => Arrive(number, length));
    }

    private void Arrive(ushort number, int length)
    {
        _receivedBytes += length;
        if (BusyMilliseconds == 0)
        {
            Note(number);
            return;
        }

        if (_wakesAt <= _simulation.Now)
        {
            _wakesAt = _simulation.Now + TimeSpan.FromMilliseconds(_random.NextDouble() * BusyMilliseconds);
        }

        _simulation.At(_wakesAt, () => Note(number));
    }

    private void Note(ushort number)
    {
        var clock = _simulation.Now + ClockLead;
        var due = _recorder.NextTimeout;
        _recorder.HandleArrival(number, clock);
        if (_recorder.NextTimeout != due)
        {
            _simulation.At(_recorder.NextTimeout - ClockLead, Report);
        }
    }

    private void Report()
    {
        var buffer = new byte[1200];
        while (_recorder.TryTakeFeedback(_simulation.Now + ClockLead, 1, 2, buffer, out var length))
        {
            var datagram = buffer[..length];
            if (!LosesFeedback)
            {
                _simulation.After(_path.OneWayMilliseconds, () => HandleFeedback(datagram));
            }
        }
    }

    private void HandleFeedback(byte[] datagram)
    {
        Assert.Equal(PacketFault.None, RtcpReader.TryOpen(datagram, out var reader));
        Assert.True(reader.MoveNext());
        Assert.Equal(PacketFault.None, TransportFeedback.TryParse(reader.Current, out var feedback));
        Estimator.HandleFeedback(ref feedback, _simulation.Now);
        Allocate();
        Probe();
    }

    private void Allocate()
    {
        var estimate = Estimator.Estimate?.BitsPerSecond ?? double.PositiveInfinity;
        Allocated = _layers.Length == 0 ? Math.Max(AudioRate, Math.Min(Wanted, estimate)) : ChooseLayers(estimate);
        Estimator.Wanted = new((long)Wanted);
        Estimator.Allocated = new((long)Allocated);
    }

    // The lowest layer for all, then the next for the first, and so on; up only with a reserve.
    private double ChooseLayers(double estimate)
    {
        var total = AudioRate;
        var chosen = new int[_chosen.Length];
        Array.Fill(chosen, -1);
        for (var layer = 0; layer < _layers.Length; layer++)
        {
            for (var slot = 0; slot < chosen.Length; slot++)
            {
                var step = _layers[layer] - LayerRate(layer - 1);
                var reserve = layer > _chosen[slot] ? UpwardReserve : 1;
                if (chosen[slot] == layer - 1 && (total + step) * reserve <= estimate)
                {
                    chosen[slot] = layer;
                    total += step;
                }
            }
        }

        chosen.CopyTo(_chosen, 0);
        return total;
    }

    private void Probe()
    {
        var bytes = Estimator.TakeProbe(_simulation.Now);
        if (bytes > 0 && !IgnoresProbes)
        {
            ProbeBytes += bytes;
            ProbeSteps++;
            for (; bytes > 0; bytes -= PacketLength)
            {
                // Packets of pictures once more, however little is asked for.
                Send(PacketLength);
            }
        }

        var next = Estimator.NextTimeout;
        if (next != MonotonicTime.Never && next != _probeTimer)
        {
            _probeTimer = next;
            _simulation.At(next, Probe);
        }
    }
}
