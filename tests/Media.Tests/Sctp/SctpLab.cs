using EventMeet.Media.Sctp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Sctp;

/// <summary>Two endpoints and a seeded network between them, in virtual time.</summary>
internal sealed class SctpLab
{
    private readonly PriorityQueue<(SctpEndpoint To, byte[] Packet), (long At, long Order)> _wire = new();
    private readonly Random _chance;
    private long _order;

    public SctpLab(int seed = 1, SctpOptions? options = null, SctpOptions? serverOptions = null)
    {
        _chance = new(seed);
        var clientOptions = (options ?? new()) with { Random = Fill };
        Client = new("client", isDtlsClient: true, clientOptions);
        Server = new("server", isDtlsClient: false, (serverOptions ?? options ?? new()) with { Random = Fill });
    }

    public SctpEndpoint Client { get; }

    public SctpEndpoint Server { get; }

    public MonotonicTime Now { get; private set; } = new(1_000_000);

    /// <summary>Gets or sets the share of packets that vanish, 0 to 1.</summary>
    public double Loss { get; set; }

    /// <summary>Gets or sets the share of packets that arrive twice, 0 to 1.</summary>
    public double Duplication { get; set; }

    /// <summary>Gets or sets the one-way delay.</summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Gets or sets how much the delay varies, which lets packets overtake each other.</summary>
    public TimeSpan Jitter { get; set; }

    /// <summary>Gets or sets what a test does with a packet on its way: null drops it.</summary>
    public Func<SctpEndpoint, byte[], byte[]?> Tamper { get; set; } = (_, packet) => packet;

    public int PacketsOnWire => _wire.Count;

    public static SctpLab Connected(int seed = 1, SctpOptions? options = null, SctpOptions? serverOptions = null)
    {
        var lab = new SctpLab(seed, options, serverOptions);
        lab.Client.Channels.Connect(lab.Now);
        lab.RunUntil(() => lab.Client.Log.Contains("up") && lab.Server.Log.Contains("up"));
        return lab;
    }

    /// <summary>Runs until a condition holds, and fails when it does not within a minute of virtual time.</summary>
    public void RunUntil(Func<bool> condition, int seconds = 60)
    {
        var end = Now + TimeSpan.FromSeconds(seconds);
        Pump();
        while (!condition())
        {
            Assert.True(Step(end), $"Nothing more happens. Client: {Says(Client)}. Server: {Says(Server)}.");
        }
    }

    /// <summary>Runs for some virtual time.</summary>
    public void Run(TimeSpan duration)
    {
        var end = Now + duration;
        Pump();
        while (Step(end)) { }

        Now = end;
    }

    /// <summary>Puts what both endpoints have to say on the wire.</summary>
    public void Pump()
    {
        foreach (var (from, to) in new[] { (Client, Server), (Server, Client) })
        {
            from.TakeEvents();
            foreach (var packet in from.TakePackets(Now))
            {
                Transmit(to, packet);
            }
        }
    }

    private static string Says(SctpEndpoint endpoint) =>
        $"{endpoint.Channels.State}, {string.Join(", ", endpoint.Log)}, {endpoint.Messages.Count} messages, faults {string.Join(' ', endpoint.Faults.Take(5))}";

    private bool Step(MonotonicTime end)
    {
        var timeout = MonotonicTime.Soonest(Client.Channels.NextTimeout.At, Server.Channels.NextTimeout.At);
        var arrival = _wire.TryPeek(out _, out var priority) ? new MonotonicTime(priority.At) : MonotonicTime.Never;
        var next = MonotonicTime.Soonest(timeout, arrival);
        if (next > end)
        {
            return false;
        }

        Now = next > Now ? next : Now;
        if (arrival <= timeout)
        {
            var (to, packet) = _wire.Dequeue();
            to.Handle(packet, Now);
        }
        else
        {
            Client.Channels.Advance(Now);
            Server.Channels.Advance(Now);
        }

        Pump();
        return true;
    }

    private void Transmit(SctpEndpoint to, byte[] packet)
    {
        if (Tamper(to, packet) is not { } tampered)
        {
            return;
        }

        var copies = _chance.NextDouble() < Duplication ? 2 : 1;
        for (; copies > 0; copies--)
        {
            if (_chance.NextDouble() >= Loss)
            {
                var at = Now + Delay + (Jitter * _chance.NextDouble());
                _wire.Enqueue((to, tampered), (at.Microseconds, _order++));
            }
        }
    }

    private void Fill(Span<byte> destination) => _chance.NextBytes(destination);
}
