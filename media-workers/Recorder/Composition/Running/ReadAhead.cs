using System.Threading.Channels;

namespace EventMeet.Recorder.Composition.Running;

/// <summary>
/// What a thread makes ahead of whoever wants it, within a bound. A thread of its own, because it mostly waits in the kernel for a decoder: those of the
/// pool are for recording.
/// </summary>
/// <typeparam name="T">What is made.</typeparam>
internal sealed class ReadAhead<T> : IAsyncDisposable
    where T : class
{
    private readonly Channel<T> _made = Channel.CreateUnbounded<T>(new() { SingleReader = true, SingleWriter = true });
    private readonly SemaphoreSlim _room;
    private readonly Action<T> _release;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _making;

    /// <summary>Starts.</summary>
    /// <param name="ahead">How many lie ready at most.</param>
    /// <param name="make">Makes them all: calls what it is given with each, which may wait, and ends when the token says so.</param>
    /// <param name="release">Is given what nobody took.</param>
    public ReadAhead(int ahead, Action<Action<T>, CancellationToken> make, Action<T> release)
    {
        _room = new(ahead);
        _release = release;
        _making = Task.Factory.StartNew(
            () => Make(make),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
    }

    /// <summary>Waits until one lies ready.</summary>
    /// <returns>False when none comes any more.</returns>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) =>
        _made.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Looks at the next.</summary>
    public bool TryPeek([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? next) =>
        _made.Reader.TryPeek(out next);

    /// <summary>Takes the next; whoever does so releases it.</summary>
    public bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? next)
    {
        if (!_made.Reader.TryRead(out next))
        {
            return false;
        }

        _room.Release();
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _making;
        while (_made.Reader.TryRead(out var left))
        {
            _release(left);
        }

        _closing.Dispose();
        _room.Dispose();
    }

    private void Make(Action<Action<T>, CancellationToken> make)
    {
        try
        {
            make(Put, _closing.Token);
            _made.Writer.Complete();
        }
        catch (Exception e) when (_closing.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            _made.Writer.Complete();
        }
        catch (Exception e) when (e is IOException or CompositionException)
        {
            _made.Writer.Complete(e);
        }
    }

    private void Put(T made)
    {
        try
        {
            _room.Wait(_closing.Token);
        }
        catch (OperationCanceledException)
        {
            _release(made);
            throw;
        }

        _made.Writer.TryWrite(made);
    }
}
