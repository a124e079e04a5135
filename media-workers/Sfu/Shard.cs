using System.Net;
using EventMeet.Contracts.Messages;
using EventMeet.Media;
using EventMeet.Media.Dtls;
using EventMeet.Media.Relays;
using EventMeet.Media.Rooms;
using EventMeet.Media.Values;
using EventMeet.Sfu.Links;
using EventMeet.Sfu.Net;
using EventMeet.Sockets;
using EventMeet.Sockets.Interop;

namespace EventMeet.Sfu;

/// <summary>
/// One thread with one engine, one UDP and one TCP port. Shares nothing with the other shards but the rings by which parts of one room
/// reach each other.
/// </summary>
internal sealed class Shard : IDisposable
{
    private readonly UdpPort _udp;
    private readonly TcpPort? _tcp;
    private readonly ForwardingEngine _engine;
    private readonly ShardLinks _links;
    private readonly MediaLoop _loop;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private (long Packets, long Bytes, TimeSpan Cpu, MonotonicTime At) _lastLoad;

    public Shard(
        int number,
        IPEndPoint local,
        bool tcp,
        DtlsIdentity identity,
        MonotonicClock clock,
        Action<RoomFact, MonotonicTime> publish,
        Action<RelayReport> report,
        ForwardingOptions? forwarding = null,
        TimeSpan turnSpacing = default,
        int? cpu = null
    )
    {
        (Number, Cpu) = (number, cpu);
        _udp = new UdpPort(local, sortsReports: true);
        _tcp = tcp ? new TcpPort(new IPEndPoint(local.Address, _udp.Port)) : null;
        _engine = new ForwardingEngine(identity, clock.Origin, forwarding, number);
        _links = new ShardLinks(Inbox.Wake);
        _loop = new MediaLoop(_engine, Inbox, _links, _udp, _tcp, clock, publish, report, turnSpacing);
        _thread = new Thread(Run) { Name = $"shard {number}", IsBackground = true };
    }

    /// <summary>Gets the shard's number on its worker, from 0.</summary>
    public int Number { get; }

    /// <summary>Gets the CPU that the thread is kept on; null for any.</summary>
    public int? Cpu { get; }

    /// <summary>Gets how other threads speak to it.</summary>
    public ShardInbox Inbox { get; } = new();

    /// <summary>Gets the UDP port; the TCP port is the same number.</summary>
    public int Port => _udp.Port;

    /// <summary>Gets a value indicating whether the shard listens for ICE-TCP.</summary>
    public bool HasTcp => _tcp is not null;

    /// <summary>Gets the task that ends with the thread; a fault there is a bug and ends the process.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Gets why datagrams were refused, with how often.</summary>
    public IEnumerable<KeyValuePair<string, long>> Faults => _engine.DescribeFaults();

    /// <summary>Asks a STUN server for the shard's public address, over the shard's own port and before its thread runs.</summary>
    public IPAddress? ProbePublicAddress(IPEndPoint server, MonotonicClock clock) =>
        StunProbing.Ask(_udp, server, clock);

    /// <summary>Gets where browsers reach it; empty before it runs.</summary>
    public IReadOnlyList<MediaAddress> Addresses { get; private set; } = [];

    /// <summary>Gets a value indicating whether the thread was started.</summary>
    public bool IsRunning => Addresses.Count > 0;

    /// <summary>Lets rooms spread over shards of one worker; before any of them runs.</summary>
    /// <param name="shards">All of them.</param>
    public static void Join(IReadOnlyList<Shard> shards)
    {
        foreach (var shard in shards)
        {
            foreach (var other in shards)
            {
                if (other != shard)
                {
                    shard._engine.Connect(other.Number, shard._links.AddWayTo(shard.Number, other._links));
                }
            }
        }
    }

    /// <summary>Starts the thread.</summary>
    /// <param name="addresses">Where browsers reach it; not empty.</param>
    public void Start(IReadOnlyList<MediaAddress> addresses)
    {
        _thread.Start();
        Addresses = addresses;
    }

    /// <summary>Describes the load since the last call.</summary>
    /// <param name="now">The time.</param>
    public ShardLoad DescribeLoad(MonotonicTime now)
    {
        var counters = _loop.Counters;
        var current = (counters.Packets, counters.Bytes, counters.Cpu, At: now);
        var seconds = Math.Max((now - _lastLoad.At).TotalSeconds, 0.001);
        var load = new ShardLoad(
            counters.Rooms,
            counters.Peers,
            (current.Packets - _lastLoad.Packets) / seconds,
            (current.Bytes - _lastLoad.Bytes) * 8 / seconds,
            Math.Clamp((current.Cpu - _lastLoad.Cpu).TotalSeconds / seconds, 0, 1)
        );
        _lastLoad = current;
        return load;
    }

    /// <summary>Takes no more orders and waits for the thread.</summary>
    public async Task StopAsync()
    {
        Inbox.Close();
        await Ended;
    }

    public void Dispose()
    {
        _loop.Dispose();
        _engine.Dispose();
        _tcp?.Dispose();
        _udp.Dispose();
        Inbox.Dispose();
    }

    private void Run()
    {
        try
        {
            if (Cpu is { } cpu)
            {
                ThreadAffinity.Pin(cpu);
            }

            _loop.Run();
            _ended.SetResult();
        }
        catch (Exception failure)
        {
            _ended.SetException(failure);
            throw;
        }
    }
}
