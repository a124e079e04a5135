using EventMeet.Media;
using EventMeet.Media.Relays;
using EventMeet.Media.Rooms;
using EventMeet.Media.Values;
using EventMeet.Sfu.Links;
using EventMeet.Sfu.Net;
using EventMeet.Sockets;
using EventMeet.Sockets.Interop;

namespace EventMeet.Sfu;

/// <summary>
/// One shard's thread: the only meeting of socket, clock and engine. A turn is: rest, if busy; wait; read what has arrived,
/// from other shards too; carry out what was ordered; let the engine's deadlines pass; send everything that came of it.
/// What takes long, handshakes and orders, is done a little in each turn, so that media does not wait for it.
/// </summary>
internal sealed class MediaLoop : IDisposable
{
    private const long UdpKey = -1;
    private const long CommandsKey = -2;
    private const long ReportsKey = -3;

    // More than this many batches at once would keep commands and deadlines waiting.
    private const int MaxBatchesPerTurn = 4;

    // Whatever a ring can hold: less, and turns that are kept apart could let it overflow.
    private const int MaxLinkBatchesPerTurn = ShardRing.Capacity / UdpPort.ReceiveBatch;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan NoteInterval = TimeSpan.FromMilliseconds(100);

    private readonly ForwardingEngine _engine;
    private readonly ShardInbox _inbox;
    private readonly ShardLinks _links;
    private readonly UdpPort _udp;
    private readonly TcpPort? _tcp;
    private readonly MonotonicClock _clock;
    private readonly Action<RoomFact, MonotonicTime> _publish;
    private readonly Action<RelayReport> _report;
    private readonly TurnPacer _pacer;
    private readonly ReportPacer _reports = new();
    private readonly EpollSet _epoll = new();
    private MonotonicTime _nextNote = MonotonicTime.Zero;

    public MediaLoop(
        ForwardingEngine engine,
        ShardInbox inbox,
        ShardLinks links,
        UdpPort udp,
        TcpPort? tcp,
        MonotonicClock clock,
        Action<RoomFact, MonotonicTime> publish,
        Action<RelayReport> report,
        TimeSpan turnSpacing
    )
    {
        (_engine, _inbox, _links, _udp, _tcp, _clock) = (engine, inbox, links, udp, tcp, clock);
        _pacer = new TurnPacer(turnSpacing);
        (_publish, _report) = (publish, report);
        _epoll.Watch(udp.Descriptor, UdpKey);
        _epoll.Watch(inbox.Descriptor, CommandsKey);
        WatchReports();
        tcp?.Attach(_epoll);
    }

    /// <summary>Gets the counters of the shard's work; written by its thread, read by any.</summary>
    public LoopCounters Counters { get; } = new();

    /// <summary>Runs until the inbox is closed; then everybody has been told and everything has been sent.</summary>
    public void Run()
    {
        while (!_inbox.IsClosed)
        {
            Turn();
        }
    }

    public void Dispose() => _epoll.Dispose();

    private void Turn()
    {
        var rest = _engine.HandshakesWait ? TimeSpan.Zero : _pacer.RestAt(_clock.Now);
        if (rest > TimeSpan.Zero)
        {
            ThreadClock.Rest(rest);
        }

        var next = MonotonicTime.Soonest(_engine.NextTimeout, _reports.NextRead);
        var wait = next == MonotonicTime.Never ? LongestWait : next - _clock.Now;
        wait = _links.TrySleep() ? wait : TimeSpan.Zero;
        var ready = _epoll.Wait(TimeSpan.FromTicks(Math.Clamp(wait.Ticks, 0, LongestWait.Ticks)));
        _pacer.NoteTurn(_clock.Now);
        _links.Awake();
        // Before the orders: what other shards did by earlier orders is known when a later one is carried out here.
        ReadLinks();
        var looksForReports = !_reports.IsWatching;
        for (var i = 0; i < ready; i++)
        {
            switch (_epoll.ReadyKey(i))
            {
                case UdpKey:
                    ReadDatagrams();
                    break;
                case ReportsKey:
                    looksForReports = true;
                    break;
                case CommandsKey:
                    _inbox.CarryOut(_engine, _clock.Now);
                    SendAll();
                    break;
                case var connection:
                    _tcp!.HandleReady(connection, _engine, _clock.Now);
                    SendAll();
                    break;
            }
        }

        if (looksForReports)
        {
            ReadReports();
        }

        var now = _clock.Now;
        if (now >= _engine.NextTimeout)
        {
            _engine.Advance(now);
            SendAll();
        }

        _tcp?.Advance(_engine, now);
        while (_engine.TryTakeFact(out var fact))
        {
            _publish(fact, now);
        }

        while (_engine.TryTakeRelayReport(out var report))
        {
            _report(report);
        }

        if (now >= _nextNote)
        {
            // Reading the thread's clock is a system call; the load is asked for once a second.
            _nextNote = now + NoteInterval;
            Counters.Note(_engine, ThreadClock.Used);
        }
    }

    private void ReadDatagrams()
    {
        for (var batch = 0; batch < MaxBatchesPerTurn; batch++)
        {
            var count = _udp.Receive();
            HandleReceived(count);
            if (count < UdpPort.ReceiveBatch)
            {
                return;
            }
        }
    }

    private void ReadReports()
    {
        var found = false;
        var count = UdpPort.ReceiveBatch;
        for (var batch = 0; batch < MaxBatchesPerTurn && count >= UdpPort.ReceiveBatch; batch++)
        {
            count = _udp.ReceiveReports();
            found |= count > 0;
            HandleReceived(count);
        }

        if (_reports.NoteRead(found, isBehind: count >= UdpPort.ReceiveBatch, _clock.Now))
        {
            WatchReports();
        }
    }

    private void WatchReports()
    {
        if (_udp.ReportDescriptor is not { } reports)
        {
            return;
        }

        if (_reports.IsWatching)
        {
            _epoll.Watch(reports, ReportsKey);
        }
        else
        {
            _epoll.Forget(reports);
        }
    }

    private void HandleReceived(int count)
    {
        var now = _clock.Now;
        for (var i = 0; i < count; i++)
        {
            var datagram = _udp.Received(i, out var remote, out var age);
            _engine.HandleDatagram(datagram, remote, arrivedAt: now - age, now);
        }

        SendAll();
    }

    private void ReadLinks()
    {
        for (var batch = 0; batch < MaxLinkBatchesPerTurn; batch++)
        {
            if (!_links.TryRead(_engine, UdpPort.ReceiveBatch, _clock.Now))
            {
                return;
            }

            SendAll();
        }
    }

    private void SendAll()
    {
        // What goes to other shards is there already: they need not wait until everything is sent.
        _links.Ring();
        while (_engine.TryTakeTransmit(out var transmit))
        {
            if (transmit.Destination.Tcp)
            {
                _tcp?.Send(transmit);
            }
            else
            {
                _udp.Enqueue(transmit);
            }

            if (transmit.EndsGroup)
            {
                _udp.Flush();
            }
        }

        _links.Ring();
    }
}
