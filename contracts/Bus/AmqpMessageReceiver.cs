using System.Threading.Channels;
using Amqp;
using Amqp.Framing;
using Amqp.Types;
using Microsoft.Extensions.Logging;

namespace EventMeet.Contracts.Bus;

/// <summary>
/// Receives from one entity under peek-lock. Settlements go through <c>$management</c> by lock token: the library always
/// settles its own side with a disposition and so never hears whether the lock still held, and a message whose link is
/// gone can still be settled this way.
/// </summary>
internal sealed class AmqpMessageReceiver : IMessageReceiver
{
    private const int MaxCredit = 500;
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ShortestStep = TimeSpan.FromMilliseconds(100);
    private static readonly Symbol SessionFilter = new("com.microsoft:session-filter");
    private static readonly Symbol SessionLockedUntil = new("com.microsoft:locked-until-utc");

    private readonly BusConnection _connection;
    private readonly string _entity;
    private readonly ReceiveOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly HeldMessages _held;
    private readonly Channel<ReceivedMessage> _arrived;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private ReceiverLink? _sessionLink;

    internal AmqpMessageReceiver(
        BusConnection connection,
        string entity,
        ReceiveOptions options,
        TimeProvider clock,
        ILogger logger
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Credit, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Credit, MaxCredit, nameof(options));
        _connection = connection;
        _entity = entity;
        _options = options;
        _clock = clock;
        _logger = logger;
        _held = new HeldMessages(options.Credit);

        // Credit bounds it: what is in here is held.
        _arrived = Channel.CreateUnbounded<ReceivedMessage>(new UnboundedChannelOptions { SingleWriter = true });
        _running = Task.Run(() => RunAsync(_stopping.Token), CancellationToken.None);
    }

    /// <inheritdoc/>
    public async Task<ReceivedMessage> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var message = await _arrived.Reader.ReadAsync(cancellationToken);
            if (_held.LockedUntil(message.LockToken) is { } lockedUntil && lockedUntil > _clock.GetUtcNow())
            {
                return message with { LockedUntil = lockedUntil };
            }

            // It waited here longer than its lock held: the broker gives it to someone again.
            _held.Free(message.LockToken, done: false);
        }
    }

    /// <inheritdoc/>
    public Task<bool> CompleteAsync(ReceivedMessage message, CancellationToken cancellationToken) =>
        SettleAsync(message, new Map { ["disposition-status"] = "completed" }, done: true, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> AbandonAsync(ReceivedMessage message, CancellationToken cancellationToken) =>
        SettleAsync(message, new Map { ["disposition-status"] = "abandoned" }, done: false, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeadLetterAsync(
        ReceivedMessage message,
        string reason,
        string description,
        CancellationToken cancellationToken
    ) =>
        SettleAsync(
            message,
            new Map
            {
                // "suspended" is what Service Bus calls it.
                ["disposition-status"] = "suspended",
                ["deadletter-reason"] = reason,
                ["deadletter-description"] = description,
            },
            done: true,
            cancellationToken
        );

    /// <inheritdoc/>
    public async Task<DateTimeOffset?> RenewLockAsync(ReceivedMessage message, CancellationToken cancellationToken)
    {
        if (_held.LockedUntil(message.LockToken) is null)
        {
            return null;
        }

        try
        {
            var lockedUntil = _options.SessionId is null
                ? await RenewMessageAsync(message.LockToken, cancellationToken)
                : await RenewSessionAsync(cancellationToken);
            _held.Renew(message.LockToken, lockedUntil);
            return lockedUntil;
        }
        catch (BusException exception) when (exception.Failure is BusFailure.LockLost or BusFailure.NotFound)
        {
            Lose(message);
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        await _stopping.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _arrived.Writer.TryComplete();
        _stopping.Dispose();
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        var backoff = new Backoff(_connection.Options.FirstRetry, _connection.Options.LongestRetry);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var live = await _connection.GetAsync(stopping);
                await ReceiveUntilClosedAsync(live, backoff, stopping);
            }
            catch (Exception exception) when (AmqpFaults.IsExpected(exception))
            {
                if (stopping.IsCancellationRequested)
                {
                    return;
                }

                var wait = backoff.Next();
                _logger.NotReceiving(_entity, exception.Message, (long)wait.TotalMilliseconds);
                await Task.Delay(wait, _clock, stopping);
            }
        }
    }

    private async Task ReceiveUntilClosedAsync(LiveConnection live, Backoff backoff, CancellationToken stopping)
    {
        var opening = new LinkOpening();
        ReceiverLink? link = null;
        try
        {
            var answer = await live.WithinOpenTimeoutAsync(async limit =>
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(limit, stopping);
                await live.AuthorizeAsync(_entity, either.Token);
                link = new ReceiverLink(live.Session, LinkNames.New(_entity), NewAttach(), opening.OnAttached);
                return await opening.WaitAsync(link, $"receiving from {_entity}", either.Token);
            });
            _logger.Receiving(_entity, _options.SessionId, _options.Credit);
            backoff.Reset();
            _sessionLink = _options.SessionId is null ? null : link;
            _held.HandleOpened(link!, HandleMessage);
            await WatchAsync(live, opening.Closed, SessionLockOf(answer), stopping);
        }
        finally
        {
            _sessionLink = null;
            _held.HandleClosed(releaseAll: _options.SessionId is not null || stopping.IsCancellationRequested);
            await CloseAsync(link);
        }
    }

    /// <summary>Sweeps expired locks and renews the session's until the link has closed.</summary>
    private async Task WatchAsync(
        LiveConnection live,
        Task<Error?> closed,
        DateTimeOffset? sessionLockedUntil,
        CancellationToken stopping
    )
    {
        var ended = Task.WhenAny(closed, live.Closed);
        while (!ended.IsCompleted)
        {
            using var step = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            await Task.WhenAny(ended, Task.Delay(NextStep(sessionLockedUntil), _clock, step.Token));
            await step.CancelAsync();
            stopping.ThrowIfCancellationRequested();
            if (sessionLockedUntil is not { } lockedUntil)
            {
                _held.FreeExpired(_clock.GetUtcNow());
            }
            else if (!ended.IsCompleted)
            {
                sessionLockedUntil = await RenewSessionAsync(stopping);
            }
        }

        throw AmqpFaults.ToException(await await ended, $"receiving from {_entity}");
    }

    /// <summary>A session is renewed when a third of its lock's time is over: twice more before it would be lost.</summary>
    private TimeSpan NextStep(DateTimeOffset? sessionLockedUntil)
    {
        if (sessionLockedUntil is not { } lockedUntil)
        {
            return SweepInterval;
        }

        var third = (lockedUntil - _clock.GetUtcNow()) / 3;
        return third > ShortestStep ? third : ShortestStep;
    }

    private void HandleMessage(IReceiverLink link, Message message)
    {
        var receiver = (ReceiverLink)link;
        if (message.DeliveryTag is not { Length: 16 } tag)
        {
            // Not from a broker that locks; without a token nothing can be said about the message later.
            receiver.Release(message);
            receiver.SetCredit(1, CreditMode.Manual);
            return;
        }

        if (_stopping.IsCancellationRequested)
        {
            receiver.Release(message);
            return;
        }

        var lockToken = new Guid(tag);
        var received = CloudEventsBinding.ToReceived(message, lockToken, _clock.GetUtcNow());
        _held.Add(
            lockToken,
            message,
            receiver,
            _options.SessionId is null ? received.LockedUntil : DateTimeOffset.MaxValue
        );
        _arrived.Writer.TryWrite(received);
    }

    private async Task<bool> SettleAsync(
        ReceivedMessage message,
        Map body,
        bool done,
        CancellationToken cancellationToken
    )
    {
        if (_held.LockedUntil(message.LockToken) is null)
        {
            return false;
        }

        body["lock-tokens"] = new[] { message.LockToken };
        AddSession(body);
        try
        {
            await CallAsync("com.microsoft:update-disposition", body, cancellationToken);
            _held.Free(message.LockToken, done);
            return true;
        }
        catch (BusException exception) when (exception.Failure is BusFailure.LockLost or BusFailure.NotFound)
        {
            Lose(message);
            return false;
        }
    }

    private async Task<DateTimeOffset> RenewMessageAsync(Guid lockToken, CancellationToken cancellationToken)
    {
        var body = new Map { ["lock-tokens"] = new[] { lockToken } };
        var reply = await CallAsync("com.microsoft:renew-lock", body, cancellationToken);
        return reply?["expirations"] is DateTime[] { Length: 1 } expirations
            ? CloudEventsBinding.Utc(expirations[0])
            : throw new BusException(BusFailure.Refused, "The broker gave no expiry for the renewed lock.");
    }

    private async Task<DateTimeOffset> RenewSessionAsync(CancellationToken cancellationToken)
    {
        var body = new Map();
        AddSession(body);
        var reply = await CallAsync("com.microsoft:renew-session-lock", body, cancellationToken);
        return reply?["expiration"] is DateTime expiration
            ? CloudEventsBinding.Utc(expiration)
            : throw new BusException(BusFailure.Refused, "The broker gave no expiry for the renewed session.");
    }

    private Task<Map?> CallAsync(string operation, Map body, CancellationToken cancellationToken) =>
        Retrying.RunAsync(
            _connection.Options,
            _clock,
            async (_, limit) =>
            {
                if (_options.SessionId is not null && _sessionLink is null)
                {
                    throw new BusException(BusFailure.LockLost, $"The session of {_entity} is not held.");
                }

                var live = await _connection.GetAsync(limit);
                var management = await live.ManagementAsync(_entity, limit);
                return await management.CallAsync(operation, body, limit);
            },
            cancellationToken
        );

    private void AddSession(Map body)
    {
        if (_options.SessionId is { } session)
        {
            body["session-id"] = session;
        }
    }

    private void Lose(ReceivedMessage message)
    {
        _logger.LockLost(_entity);
        _held.Free(message.LockToken, done: false);
    }

    private Attach NewAttach()
    {
        var source = new Source { Address = _entity };
        if (_options.SessionId is { } session)
        {
            source.FilterSet = new Map { [SessionFilter] = session };
        }

        return new Attach
        {
            Source = source,
            Target = new Target(),
            SndSettleMode = SenderSettleMode.Unsettled,
            RcvSettleMode = ReceiverSettleMode.Second,
        };
    }

    private DateTimeOffset? SessionLockOf(Attach answer) =>
        _options.SessionId is null ? null
        : answer.Properties?[SessionLockedUntil] is long ticks
            ? new DateTimeOffset(Math.Clamp(ticks, 0, DateTime.MaxValue.Ticks), TimeSpan.Zero)
        : _clock.GetUtcNow() + SweepInterval;

    private static async Task CloseAsync(ReceiverLink? link)
    {
        if (link is null or { IsClosed: true })
        {
            return;
        }

        try
        {
            await link.CloseAsync(TimeSpan.FromSeconds(2), null);
        }
        catch (Exception exception) when (AmqpFaults.IsExpected(exception))
        {
            // The broker will notice without the courtesy.
        }
    }
}
