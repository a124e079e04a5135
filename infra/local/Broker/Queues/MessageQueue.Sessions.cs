namespace EventMeet.Broker.Queues;

/// <summary>Sessions: each has one receiver at a time, and a lock that the receiver renews.</summary>
internal sealed partial class MessageQueue
{
    private readonly Dictionary<string, QueueSession> _sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<IConsumer, QueueSession> _owned = [];
    private readonly List<(IConsumer Consumer, DateTimeOffset Until)> _waiting = [];

    /// <summary>Gives a consumer the session of a name. False when someone else has it.</summary>
    internal bool TryAccept(IConsumer consumer, string sessionId, DateTimeOffset now, out DateTimeOffset lockedUntil)
    {
        lockedUntil = default;
        if (_sessions.TryGetValue(sessionId, out var held) && held.Owner is not null)
        {
            return false;
        }

        if (held is null && _sessions.Count >= _options.MaxSessions)
        {
            return false;
        }

        lockedUntil = Own(SessionOf(sessionId), consumer, now);
        return true;
    }

    /// <summary>Gives a consumer the first session that has messages and no receiver; it may wait for one.</summary>
    internal void AcceptAny(IConsumer consumer, DateTimeOffset until, DateTimeOffset now)
    {
        _waiting.Add((consumer, until));
        ServeWaiting(now);
    }

    /// <summary>Locks a session for another lock duration. Null when nobody has it.</summary>
    internal DateTimeOffset? RenewSession(string sessionId, DateTimeOffset now)
    {
        if (!_sessions.TryGetValue(sessionId, out var session) || session.Owner is null)
        {
            return null;
        }

        Extend(session, now);
        return session.LockedUntil;
    }

    internal byte[]? SessionState(string sessionId) =>
        _sessions.TryGetValue(sessionId, out var session) ? session.State : null;

    /// <summary>Sets a session's state; null removes it. False when there is no room for it.</summary>
    internal bool TrySetSessionState(string sessionId, byte[]? state)
    {
        var growth = (state?.Length ?? 0) - (SessionState(sessionId)?.Length ?? 0);
        if (
            (growth > 0 && !_capacity.HasRoomFor(0, growth))
            || (!_sessions.ContainsKey(sessionId) && _sessions.Count >= _options.MaxSessions)
        )
        {
            return false;
        }

        RestoreSessionState(sessionId, state);
        _journal.SessionState(Name, sessionId, state);
        return true;
    }

    /// <summary>Names the sessions that have messages or state.</summary>
    internal IReadOnlyList<string> SessionIds(int skip, int count) =>
        [.. _sessions.Keys.Order(StringComparer.Ordinal).Skip(skip).Take(count)];

    private bool HasRoomForSessions(IReadOnlyList<NewMessage> messages) =>
        _sessions.Count + messages.Count <= _options.MaxSessions
        || _sessions.Count
            + messages
                .Select(message => message.SessionId!)
                .Distinct(StringComparer.Ordinal)
                .Count(id => !_sessions.ContainsKey(id))
            <= _options.MaxSessions;

    private QueueSession SessionOf(string id)
    {
        if (!_sessions.TryGetValue(id, out var session))
        {
            _sessions.Add(id, session = new QueueSession(id));
        }

        return session;
    }

    private DateTimeOffset Own(QueueSession session, IConsumer consumer, DateTimeOffset now)
    {
        session.Owner = consumer;
        _owned.Add(consumer, session);
        Extend(session, now);
        return session.LockedUntil;
    }

    private void Extend(QueueSession session, DateTimeOffset now)
    {
        session.LockedUntil = now + _options.LockDuration;
        foreach (var message in session.Locked)
        {
            message.LockedUntil = session.LockedUntil;
        }
    }

    private void Pump(QueueSession session, DateTimeOffset now)
    {
        if (session.Owner is null)
        {
            ServeWaiting(now);
        }

        while (session.Ready.Count > 0 && session.Owner is { HasCredit: true } owner)
        {
            var message = session.Ready.Min!;
            session.Ready.Remove(message);
            HandOut(message, owner, session.LockedUntil, now);
        }
    }

    private void ServeWaiting(DateTimeOffset now)
    {
        while (_waiting.Count > 0 && NextSession() is { } session)
        {
            var consumer = _waiting[0].Consumer;
            _waiting.RemoveAt(0);
            consumer.HandleSession(session.Id, Own(session, consumer, now));
        }
    }

    /// <summary>The session without a receiver whose first message came first.</summary>
    private QueueSession? NextSession()
    {
        QueueSession? next = null;
        foreach (var session in _sessions.Values)
        {
            if (
                session is { Owner: null, Ready.Count: > 0 }
                && (next is null || session.Ready.Min!.SequenceNumber < next.Ready.Min!.SequenceNumber)
            )
            {
                next = session;
            }
        }

        return next;
    }

    /// <summary>A session has no receiver any more: its messages are there for the next.</summary>
    private void Release(QueueSession session, bool counted, DateTimeOffset now)
    {
        session.Owner = null;
        foreach (var message in session.Locked.OrderBy(message => message.SequenceNumber).ToList())
        {
            Redeliver(message, counted, now);
        }

        if (!ForgetIfEmpty(session))
        {
            Pump(session, now);
        }
    }

    private void AdvanceSessions(DateTimeOffset now)
    {
        List<IConsumer>? lost = null;
        foreach (var (consumer, session) in _owned)
        {
            if (session.LockedUntil <= now)
            {
                (lost ??= []).Add(consumer);
            }
        }

        foreach (var consumer in lost ?? [])
        {
            _owned.Remove(consumer, out var session);
            consumer.HandleSessionLost();
            Release(session!, counted: true, now);
        }

        for (var i = _waiting.Count - 1; i >= 0; i--)
        {
            if (_waiting[i].Until <= now)
            {
                var consumer = _waiting[i].Consumer;
                _waiting.RemoveAt(i);
                consumer.HandleNoSession();
            }
        }
    }

    private bool ForgetIfEmpty(QueueSession session) => session.IsEmpty && _sessions.Remove(session.Id);
}
