using EventMeet.Media.Values;

namespace EventMeet.Testing.Network;

/// <summary>Carries datagrams on virtual time, with all that networks do to them; the same seed does the same.</summary>
internal sealed class VirtualNetwork(int seed)
{
    private readonly Random _chance = new(seed);
    private readonly PriorityQueue<Datagram, (MonotonicTime, long)> _underWay = new();
    private long _count;

    /// <summary>Gets when the next datagram arrives; never when none is under way.</summary>
    public MonotonicTime NextArrival => _underWay.TryPeek(out _, out var at) ? at.Item1 : MonotonicTime.Never;

    /// <summary>Gets how many datagrams were lost.</summary>
    public long Lost { get; private set; }

    public long Sent { get; private set; }

    /// <summary>Sends a copy of a datagram.</summary>
    public void Send(
        TransportAddress from,
        TransportAddress to,
        ReadOnlySpan<byte> bytes,
        NetworkConditions conditions,
        MonotonicTime now
    )
    {
        Sent++;
        if (_chance.NextDouble() < conditions.Loss)
        {
            Lost++;
            return;
        }

        var copies = _chance.NextDouble() < conditions.Duplication ? 2 : 1;
        for (var copy = 0; copy < copies; copy++)
        {
            var queued = TimeSpan.Zero;
            var jitter = conditions.Jitter * _chance.NextDouble();
            if (conditions.Bottleneck is { } bottleneck && !bottleneck.TryPass(bytes.Length, now, out queued))
            {
                Lost++;
                return;
            }

            var overtaken = _chance.NextDouble() < conditions.Reordering ? conditions.ReorderingDelay : TimeSpan.Zero;
            // Without reordering datagrams of equal delay arrive in the order of sending.
            _underWay.Enqueue(
                new(from, to, bytes.ToArray()),
                (now + queued + conditions.Delay + jitter + overtaken, _count++)
            );
        }
    }

    /// <summary>Takes the next datagram that has arrived by now.</summary>
    public bool TryReceive(MonotonicTime now, out Datagram datagram)
    {
        if (NextArrival <= now)
        {
            return _underWay.TryDequeue(out datagram!, out _);
        }

        datagram = null!;
        return false;
    }

    /// <summary>A datagram under way.</summary>
    internal sealed record Datagram(TransportAddress From, TransportAddress To, byte[] Bytes);
}

/// <summary>What a way does to datagrams.</summary>
internal sealed record NetworkConditions
{
    public static readonly NetworkConditions Good = new();

    public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Gets how much longer a datagram may take; datagrams overtake each other.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Gets the share that is lost, 0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>Gets the share that arrives twice, 0 to 1.</summary>
    public double Duplication { get; init; }

    /// <summary>Gets the share that is overtaken, 0 to 1.</summary>
    public double Reordering { get; init; }

    public TimeSpan ReorderingDelay { get; init; } = TimeSpan.FromMilliseconds(15);

    /// <summary>Gets what limits how much passes; null for nothing. Ways may share one.</summary>
    public Bottleneck? Bottleneck { get; init; }
}

/// <summary>The narrowest piece of a way: passes so much at a time, keeps what waits in a queue, and drops what finds no room there.</summary>
/// <param name="bitsPerSecond">How much passes; may be changed.</param>
/// <param name="queue">How long the last in a full queue waits.</param>
internal sealed class Bottleneck(long bitsPerSecond, TimeSpan queue)
{
    // UDP and IP.
    private const int HeaderLength = 28;

    private MonotonicTime _freeAt = MonotonicTime.Zero;

    public long BitsPerSecond { get; set; } = bitsPerSecond;

    /// <summary>Gets how many datagrams found no room.</summary>
    public long Dropped { get; private set; }

    /// <summary>Gets how many bytes passed.</summary>
    public long Passed { get; private set; }

    /// <summary>Gets or sets the longest that a datagram waited.</summary>
    public TimeSpan LongestWait { get; set; }

    /// <summary>Takes a datagram.</summary>
    /// <param name="length">Its length.</param>
    /// <param name="now">When it comes.</param>
    /// <param name="wait">How long it takes to pass.</param>
    /// <returns>False when the queue is full.</returns>
    public bool TryPass(int length, MonotonicTime now, out TimeSpan wait)
    {
        var start = _freeAt > now ? _freeAt : now;
        wait = start - now;
        if (wait > queue)
        {
            Dropped++;
            return false;
        }

        _freeAt = start + TimeSpan.FromMicroseconds((length + HeaderLength) * 8_000_000L / BitsPerSecond);
        wait = _freeAt - now;
        LongestWait = wait > LongestWait ? wait : LongestWait;
        Passed += length;
        return true;
    }
}
