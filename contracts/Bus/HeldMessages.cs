using Amqp;
using Amqp.Framing;

namespace EventMeet.Contracts.Bus;

/// <summary>
/// The messages that a receiver has and has not settled, and the credit that follows from them: together never more
/// than the receiver asked for.
/// </summary>
internal sealed class HeldMessages(int credit)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, Held> _held = [];
    private ReceiverLink? _link;
    private int _freed;

    /// <summary>A link is open: gives it the credit that is free.</summary>
    internal void HandleOpened(ReceiverLink link, MessageCallback onMessage)
    {
        int free;
        lock (_gate)
        {
            _link = link;
            _freed = 0;
            free = credit - _held.Count;
        }

        // A callback and manual credit: the library would give credit back at once, not when the message is settled.
        link.Start(0, onMessage);
        link.SetCredit(free, CreditMode.Manual);
    }

    /// <summary>The link is closed, or is about to be.</summary>
    /// <param name="releaseAll">
    /// Whether to give everything back: a session's messages are free with its link, and a receiver that stops wants none.
    /// </param>
    internal void HandleClosed(bool releaseAll)
    {
        ReceiverLink? link;
        lock (_gate)
        {
            link = _link;
            _link = null;
        }

        if (!releaseAll)
        {
            return;
        }

        try
        {
            if (link is { IsClosed: false })
            {
                // No credit first: what is given back would come again over this very link.
                link.SetCredit(0, CreditMode.Drain);
            }
        }
        catch (Exception exception) when (AmqpFaults.IsExpected(exception))
        {
            // It closed by itself.
        }

        FreeWhere(_ => true);
    }

    internal void Add(Guid lockToken, Message message, ReceiverLink link, DateTimeOffset lockedUntil)
    {
        lock (_gate)
        {
            _held[lockToken] = new Held(message, link, lockedUntil);
        }
    }

    internal DateTimeOffset? LockedUntil(Guid lockToken)
    {
        lock (_gate)
        {
            return _held.TryGetValue(lockToken, out var held) ? held.LockedUntil : null;
        }
    }

    internal void Renew(Guid lockToken, DateTimeOffset lockedUntil)
    {
        lock (_gate)
        {
            if (_held.TryGetValue(lockToken, out var held))
            {
                _held[lockToken] = held with { LockedUntil = lockedUntil };
            }
        }
    }

    /// <summary>A message is settled, or its lock is lost: forgets it and gives its credit back.</summary>
    internal void Free(Guid lockToken, bool done)
    {
        Held? held;
        ReceiverLink? link;
        var restored = 0;
        lock (_gate)
        {
            if (!_held.Remove(lockToken, out held))
            {
                return;
            }

            link = _link;
            _freed++;

            // One flow frame for many settlements, but never a wait for more of them when nothing else is in hand.
            if (_freed >= Math.Max(1, credit / 4) || _held.Count == 0)
            {
                restored = _freed;
                _freed = 0;
            }
        }

        try
        {
            Forget(held, done);
            if (restored > 0 && link is { IsClosed: false })
            {
                link.SetCredit(restored, CreditMode.Manual);
            }
        }
        catch (Exception exception) when (AmqpFaults.IsExpected(exception))
        {
            // The link went away meanwhile: the next one gets its credit from the count of what is held.
        }
    }

    /// <summary>Frees every message whose lock ended before a moment.</summary>
    internal int FreeExpired(DateTimeOffset before) => FreeWhere(held => held.LockedUntil < before);

    // The library keeps every delivery until its own side has settled it. The broker knows by then what became of the
    // message, so what is said here decides nothing unless the settlement was never answered: then it is given back.
    private static void Forget(Held held, bool done)
    {
        if (held.Link.IsClosed)
        {
            return;
        }

        if (done)
        {
            held.Link.Accept(held.Message);
        }
        else
        {
            held.Link.Release(held.Message);
        }
    }

    private int FreeWhere(Predicate<Held> matches)
    {
        List<Guid> freed;
        lock (_gate)
        {
            freed = [.. _held.Where(entry => matches(entry.Value)).Select(entry => entry.Key)];
        }

        foreach (var lockToken in freed)
        {
            Free(lockToken, done: false);
        }

        return freed.Count;
    }

    private sealed record Held(Message Message, ReceiverLink Link, DateTimeOffset LockedUntil);
}
