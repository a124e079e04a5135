using System.Threading.Channels;

namespace EventMeet.Functions.Storage;

/// <summary>
/// Work that no answer waits for: gathered for a moment, so that much of it shares one table operation. What a killed
/// process has not done must be harmless or be found by a timer.
/// </summary>
/// <typeparam name="T">A piece of work.</typeparam>
internal abstract class GatheredWork<T>(TimeProvider clock) : BackgroundService
{
    private const int MostWaiting = 10_000;
    private const int MostAtOnce = 1000;

    // Well below the three seconds after which the outbox's sweeper takes a message for one left behind.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(250);

    // Full: the caller is told, and does it himself.
    private readonly Channel<T> _waiting = Channel.CreateBounded<T>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.Wait }
    );

    private readonly SemaphoreSlim _doing = new(1, 1);

    /// <summary>Leaves a piece of work; false when too much waits already.</summary>
    public bool TryAdd(T work) => _waiting.Writer.TryWrite(work);

    /// <summary>Does what waits now; when it returns, all that was left before is done.</summary>
    public async Task FlushAsync()
    {
        await _doing.WaitAsync();
        try
        {
            List<T> batch = [];
            while (batch.Count < MostAtOnce && _waiting.Reader.TryRead(out var work))
            {
                batch.Add(work);
            }

            if (batch.Count > 0)
            {
                await HandleAsync(batch);
            }
        }
        finally
        {
            _doing.Release();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _doing.Dispose();
    }

    /// <summary>Does a batch; storage that does not answer is no exception here.</summary>
    protected abstract Task HandleAsync(IReadOnlyList<T> batch);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _waiting.Reader.WaitToReadAsync(stoppingToken))
            {
                await Task.Delay(Gathering, clock, stoppingToken);
                await FlushAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await FlushAsync();
        }
    }
}
