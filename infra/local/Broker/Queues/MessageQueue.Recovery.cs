namespace EventMeet.Broker.Queues;

/// <summary>The way from the journal back into memory, and from memory into a snapshot.</summary>
internal sealed partial class MessageQueue
{
    /// <summary>Writes everything that is here as if it had just happened.</summary>
    internal void WriteSnapshot(IQueueJournal snapshot)
    {
        snapshot.NextSequenceNumber(Name, _nextSequenceNumber);
        foreach (var message in _all)
        {
            snapshot.Stored(Name, message);
        }

        foreach (var session in _sessions.Values.Where(session => session.State is not null))
        {
            snapshot.SessionState(Name, session.Id, session.State);
        }

        foreach (var (id, sequenceNumber, since) in _duplicates.Entries.OrderBy(entry => entry.Since))
        {
            snapshot.Remembered(Name, id, sequenceNumber, since);
        }

        _deadLetters?.WriteSnapshot(snapshot);
    }

    internal void RestoreStored(StoredMessage message)
    {
        RestoreRemoved(message.SequenceNumber);
        _nextSequenceNumber = Math.Max(_nextSequenceNumber, message.SequenceNumber + 1);
        _duplicates.Add(message.MessageId, message.SequenceNumber, message.EnqueuedAt);
        Index(message);
        if (message.State is not MessageState.Active)
        {
            return;
        }

        if (message.SessionId is { } id)
        {
            SessionOf(id).Ready.Add(message);
        }
        else
        {
            _ready.Add(message);
        }
    }

    internal void RestoreRemoved(long sequenceNumber)
    {
        if (!_all.TryGetValue(Probe(sequenceNumber), out var message))
        {
            return;
        }

        _all.Remove(message);
        _capacity.RemoveMessage(message.Content.Length);
        Unready(message);
    }

    internal void RestoreCount(long sequenceNumber, int deliveryCount)
    {
        if (_all.TryGetValue(Probe(sequenceNumber), out var message))
        {
            message.DeliveryCount = deliveryCount;
        }
    }

    internal void RestoreDeferred(long sequenceNumber)
    {
        if (_all.TryGetValue(Probe(sequenceNumber), out var message))
        {
            message.State = MessageState.Deferred;
            Unready(message);
        }
    }

    internal void RestoreSessionState(string sessionId, byte[]? state)
    {
        var session = SessionOf(sessionId);
        _capacity.AddBytes((state?.Length ?? 0) - (session.State?.Length ?? 0));
        session.State = state;
        ForgetIfEmpty(session);
    }

    internal void RestoreRemembered(string messageId, long sequenceNumber, DateTimeOffset since) =>
        _duplicates.Add(messageId, sequenceNumber, since);

    internal void RestoreNextSequenceNumber(long next) => _nextSequenceNumber = Math.Max(_nextSequenceNumber, next);

    private void Unready(StoredMessage message)
    {
        if (message.SessionId is { } id && _sessions.TryGetValue(id, out var session))
        {
            session.Ready.Remove(message);
            ForgetIfEmpty(session);
        }
        else
        {
            _ready.Remove(message);
        }
    }
}
