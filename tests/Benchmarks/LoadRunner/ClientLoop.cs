using System.Collections.Concurrent;
using EventMeet.Media.Values;
using EventMeet.Sockets;
using EventMeet.Sockets.Interop;

namespace EventMeet.Benchmarks.LoadRunner;

/// <summary>All clients on one thread: waits for their sockets, sends frames when they are due, lets time pass.</summary>
internal sealed class ClientLoop : IDisposable
{
    private const long WakeUpKey = -1;
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(5);

    private readonly MonotonicClock _clock;
    private readonly LoadTotals _totals;
    private readonly Impairment _impairment;
    private readonly TimeSpan _poll;
    private readonly EpollSet _epoll = new();
    private readonly WakeUp _wakeUp = new();
    private readonly ConcurrentQueue<Action> _orders = new();
    private readonly List<LoadClient> _clients = [];
    private readonly PriorityQueue<(LoadClient Client, PublishedStream Stream), MonotonicTime> _frames = new();
    private readonly HashSet<PublishedStream> _scheduled = [];
    private readonly Thread _thread;
    private MonotonicTime _nextTick = MonotonicTime.Zero;
    private bool _hasMore;
    private volatile bool _stopping;

    /// <summary>Initializes a new instance of the <see cref="ClientLoop"/> class.</summary>
    /// <param name="clock">The runner's.</param>
    /// <param name="totals">Counts for all clients.</param>
    /// <param name="impairment">The network.</param>
    /// <param name="poll">
    /// How long the thread sleeps between two looks at its sockets; zero waits for them, and is woken up by who sends to
    /// them, in the sender's CPU time.
    /// </param>
    public ClientLoop(MonotonicClock clock, LoadTotals totals, Impairment impairment, TimeSpan poll = default)
    {
        (_clock, _totals, _impairment, _poll) = (clock, totals, impairment, poll);
        _epoll.Watch(_wakeUp.Descriptor, WakeUpKey);
        _thread = new Thread(Run) { Name = "clients", IsBackground = true };
    }

    /// <summary>Gets how much CPU the clients' thread has used.</summary>
    public TimeSpan Cpu { get; private set; }

    public void Start() => _thread.Start();

    /// <summary>Has something done on the clients' thread and waits for it.</summary>
    public async Task<T> AskAsync<T>(Func<List<LoadClient>, MonotonicTime, T> action)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _orders.Enqueue(() => done.SetResult(action(_clients, _clock.Now)));
        _wakeUp.Set();
        // The thread may end for good; nobody waits for it for ever.
        return await done.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
    }

    public async Task AddAsync(Func<MonotonicTime, LoadClient> make) =>
        await AskAsync(
            (clients, now) =>
            {
                var client = make(now);
                _epoll.Watch(client.Descriptor, clients.Count);
                clients.Add(client);
                client.Start(now);
                return true;
            }
        );

    /// <summary>Forgets everybody, who has left; on the clients' thread.</summary>
    public bool RemoveAll()
    {
        _frames.Clear();
        _scheduled.Clear();
        foreach (var client in _clients)
        {
            _epoll.Forget(client.Descriptor);
            client.Dispose();
        }

        _clients.Clear();
        return true;
    }

    /// <summary>Ends the thread.</summary>
    public void Stop()
    {
        _stopping = true;
        _wakeUp.Set();
        _thread.Join();
    }

    public void Dispose()
    {
        _clients.ForEach(client => client.Dispose());
        _wakeUp.Dispose();
        _epoll.Dispose();
    }

    private void Run()
    {
        while (!_stopping)
        {
            Turn();
        }
    }

    private void Turn()
    {
        var next = MonotonicTime.Soonest(_nextTick, _impairment.NextTimeout);
        if (_frames.TryPeek(out _, out var frame))
        {
            next = MonotonicTime.Soonest(next, frame);
        }

        var wait = next - _clock.Now;
        Receive(wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
        while (_orders.TryDequeue(out var order))
        {
            order();
        }

        _totals.Now = _clock.Now;
        _impairment.Advance(_totals.Now);
        SendFrames();
        Tick(_totals.Now);
    }

    private void Receive(TimeSpan wait)
    {
        if (_poll > TimeSpan.Zero)
        {
            Rest(wait);
            wait = TimeSpan.Zero;
        }

        var ready = _epoll.Wait(wait);
        _hasMore = ready == EpollSet.Capacity;
        for (var i = 0; i < ready; i++)
        {
            var key = _epoll.ReadyKey(i);
            if (key == WakeUpKey)
            {
                _wakeUp.Clear();
                continue;
            }

            _totals.Now = _clock.Now;
            _hasMore |= !_clients[(int)key].Receive(_clock);
        }
    }

    // Unlike epoll's, this sleep is nobody's to end: a server that sends meanwhile wakes nobody up.
    private void Rest(TimeSpan wait)
    {
        if (!_hasMore && wait > TimeSpan.Zero)
        {
            ThreadClock.Rest(wait < _poll ? wait : _poll);
        }
    }

    private void SendFrames()
    {
        while (_frames.TryPeek(out var due, out var at) && at <= _clock.Now)
        {
            _ = _frames.Dequeue();
            due.Stream.Send(due.Client, _clock);
            _frames.Enqueue(due, due.Stream.NextFrame);
        }
    }

    private void Tick(MonotonicTime now)
    {
        if (now < _nextTick)
        {
            return;
        }

        _nextTick = now + TickInterval;
        foreach (var client in _clients)
        {
            client.Advance(now);
            foreach (var stream in client.Published)
            {
                if (stream.NextFrame != MonotonicTime.Never && _scheduled.Add(stream))
                {
                    _frames.Enqueue((client, stream), stream.NextFrame);
                }
            }
        }

        Cpu = ThreadClock.Used;
    }
}
