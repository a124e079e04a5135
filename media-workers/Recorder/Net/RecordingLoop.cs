using System.Threading.Channels;
using EventMeet.Media.Values;
using EventMeet.Sockets;
using EventMeet.Sockets.Interop;

namespace EventMeet.Recorder.Net;

/// <summary>
/// A thread with the sockets of many recordings. Nobody watches a recording while it is made, so the thread rests a few
/// milliseconds between two turns and takes what has come meanwhile at once.
/// </summary>
internal sealed class RecordingLoop : IDisposable
{
    private const long OrdersKey = -1;
    private const int MaxOrders = 256;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    // Far below the second that lost packets are waited for, and below what a socket's buffer holds.
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(5);

    private readonly MonotonicClock _clock;
    private readonly EpollSet _all = new();
    private readonly EpollSet _orderly = new();
    private readonly WakeUp _wakeUp = new();
    private readonly Dictionary<int, RelayEndpoint> _endpoints = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private readonly Channel<Action<MonotonicTime>> _orders = Channel.CreateBounded<Action<MonotonicTime>>(
        new BoundedChannelOptions(MaxOrders) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait }
    );

    private long _receivedBytes;
    private int _count;

    /// <summary>Makes a loop that does not run yet.</summary>
    public RecordingLoop(int number, MonotonicClock clock)
    {
        _clock = clock;
        _all.Watch(_wakeUp.Descriptor, OrdersKey);
        _orderly.Watch(_wakeUp.Descriptor, OrdersKey);
        _thread = new(Run) { Name = $"recordings {number}", IsBackground = true };
    }

    /// <summary>Gets how many recordings it has; may be read by any thread.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Gets how many bytes have arrived since the start; may be read by any thread.</summary>
    public long ReceivedBytes => Interlocked.Read(ref _receivedBytes);

    /// <summary>Gets the task that ends with the thread; a fault there is a bug.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Starts the thread.</summary>
    public void Start() => _thread.Start();

    /// <summary>Takes a recording in, before its first order.</summary>
    public Task AddAsync(RelayEndpoint endpoint)
    {
        _ = Interlocked.Increment(ref _count);
        return AskAsync(_ =>
        {
            _endpoints[endpoint.Descriptor] = endpoint;
            _all.Watch(endpoint.Descriptor, endpoint.Descriptor);
            return true;
        });
    }

    /// <summary>Lets a recording go: finishes it and closes its socket.</summary>
    public Task RemoveAsync(RelayEndpoint endpoint) =>
        AskAsync(now =>
        {
            if (_endpoints.Remove(endpoint.Descriptor))
            {
                _all.Forget(endpoint.Descriptor);
                endpoint.Close(now);
                endpoint.Dispose();
                _ = Interlocked.Decrement(ref _count);
            }

            return true;
        });

    /// <summary>Has something done on the thread.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="action">What to do; must not wait.</param>
    public async Task<T> AskAsync<T>(Func<MonotonicTime, T> action)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _orders.Writer.WriteAsync(now =>
        {
            try
            {
                done.SetResult(action(now));
            }
            catch (Exception failure)
            {
                done.SetException(failure);
                throw;
            }
        });
        _wakeUp.Set();
        return await done.Task;
    }

    /// <summary>Takes no more orders and waits for the thread.</summary>
    public async Task StopAsync()
    {
        _ = _orders.Writer.TryComplete();
        _wakeUp.Set();
        await Ended;
    }

    public void Dispose()
    {
        foreach (var endpoint in _endpoints.Values)
        {
            endpoint.Dispose();
        }

        _all.Dispose();
        _orderly.Dispose();
        _wakeUp.Dispose();
    }

    private void Run()
    {
        try
        {
            var nextTimeout = MonotonicTime.Never;
            while (!_orders.Reader.Completion.IsCompleted)
            {
                nextTimeout = Turn(nextTimeout);
            }

            _ended.SetResult();
        }
        catch (Exception failure)
        {
            _ended.SetException(failure);
            throw;
        }
    }

    private MonotonicTime Turn(MonotonicTime nextTimeout)
    {
        // Orders end the rest; datagrams do not.
        _ = _orderly.Wait(Rest);
        var wait = nextTimeout == MonotonicTime.Never ? LongestWait : nextTimeout - _clock.Now;
        var ready = _all.Wait(TimeSpan.FromTicks(Math.Clamp(wait.Ticks, 0, LongestWait.Ticks)));
        var now = _clock.Now;
        var received = 0L;
        for (var position = 0; position < ready; position++)
        {
            var key = _all.ReadyKey(position);
            if (key == OrdersKey)
            {
                CarryOut(now);
            }
            else if (_endpoints.TryGetValue((int)key, out var endpoint))
            {
                received -= endpoint.ReceivedBytes;
                endpoint.Receive(now);
                received += endpoint.ReceivedBytes;
            }
        }

        _ = Interlocked.Add(ref _receivedBytes, received);
        nextTimeout = MonotonicTime.Never;
        foreach (var endpoint in _endpoints.Values)
        {
            if (endpoint.NextTimeout <= now)
            {
                endpoint.Advance(now);
            }

            nextTimeout = MonotonicTime.Soonest(nextTimeout, endpoint.NextTimeout);
        }

        return nextTimeout;
    }

    private void CarryOut(MonotonicTime now)
    {
        _wakeUp.Clear();
        while (_orders.Reader.TryRead(out var order))
        {
            order(now);
        }
    }
}
