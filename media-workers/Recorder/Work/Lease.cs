using EventMeet.Contracts.Bus;
using Microsoft.Extensions.Logging;

namespace EventMeet.Recorder.Work;

/// <summary>
/// The lock on a piece of work's message: renewed until the message is settled, or until the broker says that it is lost.
/// A bus that is away is no loss; nobody else can have the message then.
/// </summary>
internal sealed class Lease : IAsyncDisposable
{
    private const int MaxAttempts = 5; // each lasts as long as the bus waits for a broker, half a minute
    private static readonly TimeSpan ShortestStep = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly IMessageReceiver _receiver;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _settling = new();
    private readonly Task _keeping;
    private volatile bool _lost;

    /// <summary>Takes a message over, with the receiver that it came from: it has this message only.</summary>
    public Lease(IMessageReceiver receiver, ReceivedMessage message, TimeProvider clock, ILogger logger)
    {
        (_receiver, Message, _clock, _logger) = (receiver, message, clock, logger);
        _keeping = KeepAsync();
    }

    /// <summary>Gets the message.</summary>
    public ReceivedMessage Message { get; }

    /// <summary>Gets a value indicating whether the message is still ours, as far as we know.</summary>
    public bool IsHeld => !_lost && !_settling.IsCancellationRequested;

    /// <summary>The work is done.</summary>
    /// <returns>False when the lock was lost: the message comes again, here or elsewhere.</returns>
    public Task<bool> CompleteAsync(CancellationToken cancellationToken) =>
        SettleAsync(token => _receiver.CompleteAsync(Message, token), cancellationToken);

    /// <summary>Somebody else shall do the work, at once.</summary>
    public Task<bool> AbandonAsync(CancellationToken cancellationToken) =>
        SettleAsync(token => _receiver.AbandonAsync(Message, token), cancellationToken);

    /// <summary>Nobody can do this work.</summary>
    public Task<bool> DeadLetterAsync(string reason, string description, CancellationToken cancellationToken) =>
        SettleAsync(token => _receiver.DeadLetterAsync(Message, reason, description, token), cancellationToken);

    /// <summary>Lets go: a message that is not settled is released.</summary>
    public async ValueTask DisposeAsync()
    {
        await _settling.CancelAsync();
        await _keeping;
        await _receiver.DisposeAsync();
        _settling.Dispose();
    }

    private async Task KeepAsync()
    {
        var until = Message.LockedUntil;
        try
        {
            while (true)
            {
                var third = (until - _clock.GetUtcNow()) / 3;
                await Task.Delay(third > ShortestStep ? third : ShortestStep, _clock, _settling.Token);
                if (await RenewAsync() is not { } next)
                {
                    _lost = true;
                    _logger.LeaseLost(Message.Message.Id);
                    return;
                }

                until = next;
            }
        }
        catch (OperationCanceledException) when (_settling.IsCancellationRequested)
        {
            // Settled, or let go.
        }
    }

    private async Task<DateTimeOffset?> RenewAsync()
    {
        while (true)
        {
            try
            {
                return await _receiver.RenewLockAsync(Message, _settling.Token);
            }
            catch (BusException exception)
            {
                _logger.LeaseNotRenewed(Message.Message.Id, exception.Message);
                await Task.Delay(RetryDelay, _clock, _settling.Token);
            }
        }
    }

    private async Task<bool> SettleAsync(
        Func<CancellationToken, Task<bool>> settle,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; !_lost; attempt++)
        {
            try
            {
                var settled = await settle(cancellationToken);
                _lost |= !settled;
                await _settling.CancelAsync();
                return settled;
            }
            catch (BusException exception) when (exception.IsTransient && attempt < MaxAttempts)
            {
                _logger.LeaseNotRenewed(Message.Message.Id, exception.Message);
                await Task.Delay(RetryDelay, _clock, cancellationToken);
            }
            catch (BusException exception)
            {
                _logger.LeaseNotRenewed(Message.Message.Id, exception.Message);
                return false;
            }
        }

        return false;
    }
}
