using EventMeet.Broker.Amqp.Messages;
using EventMeet.Broker.Amqp.Types;
using EventMeet.Broker.Queues;

namespace EventMeet.Broker.Amqp.Links;

/// <summary>A link over which a client receives from a queue: every delivery's tag is the token of the lock on it.</summary>
internal sealed class ConsumerLink(AmqpSession session, Attach attach, string address, MessageQueue queue)
    : OutgoingLink(session, attach),
        IConsumer
{
    private const string SessionFilter = "com.microsoft:session-filter";
    private const string SessionTimeout = "com.microsoft:timeout";
    private const string SessionLockedUntil = "com.microsoft:locked-until-utc";
    private static readonly TimeSpan DefaultSessionTimeout = TimeSpan.FromSeconds(60);

    private readonly AmqpWriter _scratch = new(new GrowingBuffer(1024));
    private Attach? _pending;

    internal override string? Address => address;

    internal string? SessionId { get; private set; }

    bool IConsumer.HasCredit => CanSend;

    bool IConsumer.SettlesOnArrival => Settles;

    internal override void Attach(Attach attach)
    {
        var filters = Terminus.FiltersOf(attach.Source);
        if (!queue.Options.RequiresSession)
        {
            WriteAttach(Answer(attach, Terminus.WithFilters(attach.Source!, null)));
            queue.Attach(this, Connection.Now);
        }
        else if (filters is null || !filters.Contains(SessionFilter))
        {
            const string Text =
                "It is not possible for an entity that requires sessions to create a non-sessionful message receiver.";
            Refuse(attach, new AmqpError(AmqpError.NotAllowed, Text));
        }
        else
        {
            AcceptSession(attach, filters[SessionFilter]);
        }
    }

    internal override void HandleOutcome(uint deliveryId, OutgoingDelivery delivery, Described? state, bool settled)
    {
        var held = Outcome.TryApply(queue, delivery.LockToken, state, Connection.Now);
        if (settled)
        {
            return;
        }

        // Answered once it is on disk. A client takes the echo of its own rejection for a failure: accepted it is.
        var answer = held ? null : Outcomes.Rejected(LockLost());
        Broker.WhenDurable(() => Session.SettleSent(deliveryId, answer));
    }

    internal override void End(bool disconnected)
    {
        _pending = null;
        queue.Detach(this, disconnected, Connection.Now);
    }

    void IConsumer.Deliver(StoredMessage message)
    {
        _scratch.Buffer.Clear();
        MessageDelivery.Write(message, message.IsLocked, _scratch);
        if (!message.IsLocked)
        {
            // At most once: it goes out only when it is gone for good.
            var copy = _scratch.ToArray();
            Broker.WhenDurable(() => SendSettled(copy));
            return;
        }

        Send(_scratch.Buffer.Written, message.LockToken.ToByteArray(), new OutgoingDelivery(this, message.LockToken));
    }

    void IConsumer.HandleSession(string sessionId, DateTimeOffset lockedUntil)
    {
        if (_pending is { } attach)
        {
            Grant(attach, sessionId, lockedUntil);
        }
    }

    void IConsumer.HandleNoSession()
    {
        if (_pending is { } attach)
        {
            Refuse(attach, new AmqpError(AmqpError.Timeout, "There was no session to be had in time."));
        }
    }

    void IConsumer.HandleSessionLost() =>
        Detach(new AmqpError(AmqpError.SessionLockLost, "The session's lock has expired."));

    protected override void Fill() => queue.HandleCredit(this, Connection.Now);

    private void AcceptSession(Attach attach, object? filter)
    {
        var wanted = (filter is Described described ? described.Value : filter) as string;
        if (wanted is null)
        {
            _pending = attach;
            queue.AcceptAny(this, Connection.Now + TimeoutOf(attach), Connection.Now);
        }
        else if (queue.TryAccept(this, wanted, Connection.Now, out var lockedUntil))
        {
            Grant(attach, wanted, lockedUntil);
        }
        else
        {
            const string Text = "The requested session is held by another receiver.";
            Refuse(attach, new AmqpError(AmqpError.SessionCannotBeLocked, Text));
        }
    }

    private void Grant(Attach attach, string sessionId, DateTimeOffset lockedUntil)
    {
        _pending = null;
        SessionId = sessionId;
        var filters = new AmqpMap { { new Symbol(SessionFilter), sessionId } };
        var properties = new AmqpMap { { new Symbol(SessionLockedUntil), lockedUntil.UtcTicks } };
        WriteAttach(Answer(attach, Terminus.WithFilters(attach.Source!, filters), properties));
    }

    private void SendSettled(byte[] message)
    {
        if (!IsDetached)
        {
            Send(message, Guid.Empty.ToByteArray(), null);
        }
    }

    private AmqpError LockLost() =>
        SessionId is null
            ? new AmqpError(
                AmqpError.MessageLockLost,
                "The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue."
            )
            : new AmqpError(AmqpError.SessionLockLost, "The session's lock has expired.");

    private static TimeSpan TimeoutOf(Attach attach) =>
        attach.Properties?[SessionTimeout] switch
        {
            uint milliseconds => TimeSpan.FromMilliseconds(Math.Min(milliseconds, 300_000)),
            int and > 0 and var milliseconds => TimeSpan.FromMilliseconds(Math.Min(milliseconds, 300_000)),
            _ => DefaultSessionTimeout,
        };
}
