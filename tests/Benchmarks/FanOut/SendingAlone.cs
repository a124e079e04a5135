using System.Net;
using EventMeet.Benchmarks.LoadRunner;
using EventMeet.Media;
using EventMeet.Media.Values;
using EventMeet.Sockets;
using EventMeet.Sockets.Interop;

namespace EventMeet.Benchmarks.FanOut;

/// <summary>
/// What the system alone takes for a load that one publisher makes: as many datagrams as the worker sent, of that size, in such
/// trains and at that pace, to receivers that wait or sleep as its clients did. Nothing is encrypted, nothing comes in.
/// The floors, which never sleep, find everything in the processor's caches; this finds there what a worker finds.
/// </summary>
internal sealed class SendingAlone : IDisposable
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);

    private readonly ClientSockets _sockets = new();
    private readonly List<ClientSocket> _receivers;
    private readonly TimeSpan _poll;
    private volatile bool _stopping;

    private SendingAlone(int receivers, TimeSpan poll)
    {
        _poll = poll;
        _receivers = [.. Enumerable.Range(0, receivers).Select(_ => _sockets.Add(offload: true))];
    }

    /// <summary>Measures for five seconds.</summary>
    /// <param name="load">One publisher and its subscribers, to whom something was sent.</param>
    /// <returns>Microseconds of the sending thread's CPU per datagram, its waking up included.</returns>
    public static double Measure(LoadResult load)
    {
        using var awake = load.Awake ? new AwakeCpus() : null;
        using var alone = new SendingAlone(load.Subscribers, TimeSpan.FromMicroseconds(load.PollMicroseconds));
        var train = (int)Math.Max(1, Math.Round(load.TrainLength));
        var interval = TimeSpan.FromSeconds(train * load.Subscribers / load.ForwardedPerSecond);
        var length = (int)(load.MegabitsPerSecond * 1e6 / 8 / load.ForwardedPerSecond);
        return alone.Measure(train, length, interval);
    }

    public void Dispose() => _sockets.Dispose();

    private double Measure(int train, int length, TimeSpan interval)
    {
        var receiver = new Thread(Receive) { IsBackground = true };
        receiver.Start();
        try
        {
            return Send(train, length, interval);
        }
        finally
        {
            _stopping = true;
            receiver.Join();
        }
    }

    private double Send(int train, int length, TimeSpan interval)
    {
        using var port = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0), sortsReports: true);
        var addresses = _receivers.ConvertAll(receiver => TransportAddress.From(receiver.Local));
        var data = GC.AllocateArray<byte>(train * length, pinned: true);
        var clock = new MonotonicClock(TimeProvider.System);
        var end = clock.Now + Duration;
        var (sent, before) = (0L, ThreadClock.Used);
        for (var next = clock.Now; next < end; next += interval)
        {
            while (clock.Now < next)
            {
                ThreadClock.Rest(next - clock.Now);
            }

            // The port itself sends whatever fills a call.
            foreach (var address in addresses)
            {
                port.Enqueue(new Transmit(address, data, length));
            }

            port.Flush();
            sent += train * addresses.Count;
        }

        return (ThreadClock.Used - before).TotalMicroseconds / sent;
    }

    private void Receive()
    {
        using var epoll = new EpollSet();
        for (var i = 0; i < _receivers.Count; i++)
        {
            epoll.Watch(_receivers[i].Descriptor, i);
        }

        while (!_stopping)
        {
            if (_poll > TimeSpan.Zero)
            {
                ThreadClock.Rest(_poll);
            }

            var ready = epoll.Wait(_poll > TimeSpan.Zero ? TimeSpan.Zero : LongestWait);
            for (var i = 0; i < ready; i++)
            {
                _ = _receivers[(int)epoll.ReadyKey(i)].TryReceive(out _, out _, out _);
            }
        }
    }
}
