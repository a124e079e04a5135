using System.Threading.Channels;
using EventMeet.Media;
using EventMeet.Media.Values;
using EventMeet.Sockets.Interop;

namespace EventMeet.Sfu;

/// <summary>How other threads speak to a shard: orders wait in a bounded queue until its thread carries them out.</summary>
internal sealed class ShardInbox : IDisposable
{
    private const int Capacity = 256;

    // To admit a peer takes as long as a hundred packets: media does not wait for many of them.
    private const int MaxOrdersPerTurn = 4;

    private readonly WakeUp _wakeUp = new();
    private readonly Channel<Order> _orders = Channel.CreateBounded<Order>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait }
    );

    /// <summary>Gets the descriptor that is readable while orders wait.</summary>
    public int Descriptor => _wakeUp.Descriptor;

    /// <summary>Gets a value indicating whether no order will ever come again; by the shard's thread.</summary>
    public bool IsClosed => _orders.Reader.Completion.IsCompleted;

    /// <summary>Has something done on the shard's thread, between two inputs of its engine.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="action">What to do.</param>
    /// <param name="cancellationToken">Stops waiting; the order may be carried out all the same.</param>
    /// <exception cref="ChannelClosedException">The shard has stopped.</exception>
    public async Task<T> AskAsync<T>(
        Func<ForwardingEngine, MonotonicTime, T> action,
        CancellationToken cancellationToken
    )
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _orders.Writer.WriteAsync(
            (engine, now) =>
            {
                try
                {
                    done.SetResult(action(engine, now));
                }
                catch (Exception failure)
                {
                    done.SetException(failure);
                    throw;
                }
            },
            cancellationToken
        );
        _wakeUp.Set();
        return await done.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Wakes the shard's thread; from any thread.</summary>
    public void Wake() => _wakeUp.Set();

    /// <summary>Takes no more orders; the shard's loop ends when it has carried out what waits.</summary>
    public void Close()
    {
        _ = _orders.Writer.TryComplete();
        _wakeUp.Set();
    }

    /// <summary>Carries out some of what waits, and says again that something waits if that was not all; by the shard's thread.</summary>
    public void CarryOut(ForwardingEngine engine, MonotonicTime now)
    {
        _wakeUp.Clear();
        for (var carried = 0; carried < MaxOrdersPerTurn && _orders.Reader.TryRead(out var order); carried++)
        {
            order(engine, now);
        }

        if (_orders.Reader.TryPeek(out _))
        {
            _wakeUp.Set();
        }
    }

    public void Dispose() => _wakeUp.Dispose();

    private delegate void Order(ForwardingEngine engine, MonotonicTime now);
}
