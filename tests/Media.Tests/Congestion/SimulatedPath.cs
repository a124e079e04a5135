using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Congestion;

/// <summary>A way through one bottleneck with a drop-tail queue; several senders may share it.</summary>
internal sealed class SimulatedPath(Simulation simulation, int seed)
{
    private readonly Random _random = new(seed);
    private MonotonicTime _freeAt;
    private MonotonicTime _lastArrival;
    private double _tokens;
    private MonotonicTime _tokensAt;

    /// <summary>Gets or sets what the bottleneck takes; <see cref="SetRate"/> changes it while packets wait.</summary>
    public double BitsPerSecond { get; private set; } = 1e9;

    public int QueueBytes { get; set; } = 64 * 1024;

    public double OneWayMilliseconds { get; set; } = 25;

    /// <summary>Gets or sets by how much a packet may be late, uniformly; packets keep their order.</summary>
    public double JitterMilliseconds { get; set; }

    /// <summary>Gets or sets the share of packets that vanish whatever the load.</summary>
    public double Loss { get; set; }

    /// <summary>Gets or sets what a policer lets through before the bottleneck; zero for none.</summary>
    public double PolicerBitsPerSecond { get; set; }

    public int PolicerBurstBytes { get; set; } = 16 * 1024;

    /// <summary>Gets what each packet waited in the queue, ms, and when it came.</summary>
    public List<(double Second, double Milliseconds)> Waits { get; } = [];

    /// <summary>Gets when packets were lost.</summary>
    public List<double> Losses { get; } = [];

    /// <summary>What a share of the packets waited at most, ms, between two seconds.</summary>
    public double WaitAt(double share, double from, double until)
    {
        var waits = Waits.Where(wait => wait.Second >= from && wait.Second < until).Select(wait => wait.Milliseconds);
        double[] ordered = [.. waits.Order()];
        return ordered.Length == 0 ? 0 : ordered[(int)(share * (ordered.Length - 1))];
    }

    /// <summary>The share of packets that were lost between two seconds.</summary>
    public double LossShare(double from, double until)
    {
        var lost = Losses.Count(second => second >= from && second < until);
        return lost / Math.Max(1.0, lost + Waits.Count(wait => wait.Second >= from && wait.Second < until));
    }

    public void SetRate(double bitsPerSecond)
    {
        var waiting = Math.Max(0, (_freeAt - simulation.Now).TotalSeconds) * BitsPerSecond;
        BitsPerSecond = bitsPerSecond;
        _freeAt = simulation.Now + TimeSpan.FromSeconds(waiting / bitsPerSecond);
    }

    /// <summary>Constant traffic of others until a second.</summary>
    public void AddCrossTraffic(double bitsPerSecond, double fromSecond, double untilSecond)
    {
        var gap = 1200 * 8 / bitsPerSecond * 1000;
        simulation.AtSecond(fromSecond, Next);

        void Next()
        {
            if (simulation.Seconds < untilSecond)
            {
                _ = Enter(1200);
                simulation.After(gap, Next);
            }
        }
    }

    public void Send(int length, Action arrived)
    {
        if (IsPoliced(length) || Enter(length) is not { } left || _random.NextDouble() < Loss)
        {
            Losses.Add(simulation.Seconds);
            return;
        }

        var arrival =
            left + TimeSpan.FromMilliseconds(OneWayMilliseconds + (_random.NextDouble() * JitterMilliseconds));
        _lastArrival = arrival > _lastArrival ? arrival : _lastArrival;
        simulation.At(_lastArrival, arrived);
    }

    private MonotonicTime? Enter(int length)
    {
        var now = simulation.Now;
        var wait = Math.Max(0, (_freeAt - now).TotalSeconds);
        if ((wait * BitsPerSecond / 8) + length > QueueBytes)
        {
            return null;
        }

        Waits.Add((simulation.Seconds, wait * 1000));
        _freeAt = now + TimeSpan.FromSeconds(wait + (length * 8 / BitsPerSecond));
        return _freeAt;
    }

    private bool IsPoliced(int length)
    {
        if (PolicerBitsPerSecond == 0)
        {
            return false;
        }

        var elapsed = (simulation.Now - _tokensAt).TotalSeconds;
        _tokens = Math.Min(PolicerBurstBytes, _tokens + (elapsed * PolicerBitsPerSecond / 8));
        _tokensAt = simulation.Now;
        if (_tokens < length)
        {
            return true;
        }

        _tokens -= length;
        return false;
    }
}
