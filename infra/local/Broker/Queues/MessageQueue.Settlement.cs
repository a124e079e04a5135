namespace EventMeet.Broker.Queues;

/// <summary>What becomes of messages that were received.</summary>
internal sealed partial class MessageQueue
{
    /// <summary>Says whether a lock token is one that holds now.</summary>
    internal bool Holds(Guid lockToken) => _locked.ContainsKey(lockToken);

    /// <summary>The message is done with. False when the lock is lost.</summary>
    internal bool Complete(Guid lockToken)
    {
        if (!_locked.TryGetValue(lockToken, out var message))
        {
            return false;
        }

        Remove(message);
        return true;
    }

    /// <summary>The message goes back and is tried again. False when the lock is lost.</summary>
    /// <param name="lockToken">The lock.</param>
    /// <param name="counted">Whether this was a delivery that counts: abandoned yes, released no.</param>
    /// <param name="edit">Changes the content; null for none.</param>
    /// <param name="now">What time it is.</param>
    internal bool Abandon(Guid lockToken, bool counted, Func<byte[], byte[]>? edit, DateTimeOffset now)
    {
        if (!_locked.TryGetValue(lockToken, out var message))
        {
            return false;
        }

        Edit(message, edit);
        Redeliver(message, counted, now);
        return true;
    }

    /// <summary>The message is set aside. False when the lock is lost.</summary>
    internal bool Defer(Guid lockToken, Func<byte[], byte[]>? edit)
    {
        if (!_locked.TryGetValue(lockToken, out var message))
        {
            return false;
        }

        Edit(message, edit);
        Unlock(message);
        message.State = MessageState.Deferred;
        _journal.Deferred(Name, message.SequenceNumber);
        return true;
    }

    /// <summary>The message is given up. False when the lock is lost.</summary>
    internal bool DeadLetter(Guid lockToken, Func<byte[], byte[]>? edit, DateTimeOffset now)
    {
        if (!_locked.TryGetValue(lockToken, out var message))
        {
            return false;
        }

        MoveToDeadLetters(message, edit is null ? message.Content : edit(message.Content), now);
        return true;
    }

    /// <summary>Locks the message for another lock duration. Null when the lock is lost.</summary>
    internal DateTimeOffset? Renew(Guid lockToken, DateTimeOffset now)
    {
        if (!_locked.TryGetValue(lockToken, out var message))
        {
            return null;
        }

        // A session's messages are locked as long as the session is.
        if (message.SessionId is null)
        {
            message.LockedUntil = now + _options.LockDuration;
        }

        return message.LockedUntil;
    }

    /// <summary>Takes a scheduled message back. False when there is none of that number.</summary>
    internal bool CancelScheduled(long sequenceNumber)
    {
        if (!_all.TryGetValue(Probe(sequenceNumber), out var message) || message.State is not MessageState.Scheduled)
        {
            return false;
        }

        Remove(message);
        return true;
    }

    /// <summary>Fetches messages that were set aside, locking them unless they are to be done with at once.</summary>
    /// <returns>Null when one of them is not there to be had; then none is taken.</returns>
    internal IReadOnlyList<StoredMessage>? ReceiveDeferred(
        IReadOnlyList<long> sequenceNumbers,
        bool withLock,
        DateTimeOffset now
    )
    {
        var found = new List<StoredMessage>(sequenceNumbers.Count);
        foreach (var sequenceNumber in sequenceNumbers.Distinct())
        {
            if (
                !_all.TryGetValue(Probe(sequenceNumber), out var message)
                || message is not { State: MessageState.Deferred, IsLocked: false }
            )
            {
                return null;
            }

            found.Add(message);
        }

        foreach (var message in found)
        {
            if (!withLock)
            {
                Remove(message);
                continue;
            }

            var session = message.SessionId is { } id ? SessionOf(id) : null;
            Lock(message, session?.Owner, session?.Owner is null ? now + _options.LockDuration : session.LockedUntil);
            if (session is { Owner: null })
            {
                // Nobody holds the session, so nothing but this ends the lock.
                _lockEnds.Enqueue((message, message.LockToken), message.LockedUntil);
            }
        }

        return found;
    }

    private void Edit(StoredMessage message, Func<byte[], byte[]>? edit)
    {
        if (edit is null)
        {
            return;
        }

        _capacity.RemoveMessage(message.Content.Length);
        message.Content = edit(message.Content);
        _capacity.AddMessage(message.Content.Length);
        _journal.Stored(Name, message);
    }

    private void Redeliver(StoredMessage message, bool counted, DateTimeOffset now)
    {
        Unlock(message);
        if (counted)
        {
            message.DeliveryCount++;
            _journal.Counted(Name, message.SequenceNumber, message.DeliveryCount);
        }

        if (
            _deadLetters is not null
            && _options.MaxDeliveryCount > 0
            && message.DeliveryCount >= _options.MaxDeliveryCount
        )
        {
            var description = $"Message could not be consumed after {message.DeliveryCount} delivery attempts.";
            MoveToDeadLetters(message, _stamp(message.Content, "MaxDeliveryCountExceeded", description), now);
        }
        else if (message.ExpiresAt <= now)
        {
            Expire(message, now);
        }
        else if (message.State is MessageState.Active)
        {
            MakeReady(message, now);
        }
    }

    private void Expire(StoredMessage message, DateTimeOffset now)
    {
        if (_options.DeadLetterExpired && _deadLetters is not null)
        {
            const string Description = "The message expired and was dead lettered.";
            MoveToDeadLetters(message, _stamp(message.Content, "TTLExpiredException", Description), now);
        }
        else
        {
            Remove(message);
        }
    }

    private void MoveToDeadLetters(StoredMessage message, byte[] content, DateTimeOffset now)
    {
        Remove(message);
        if (_deadLetters is null)
        {
            // Dead-lettered out of the dead-letter queue: Service Bus keeps it there, and so does this.
            Store(CopyOf(message, content, message.DeadLetterSource, now), now);
            return;
        }

        _deadLetters.Store(_deadLetters.CopyOf(message, content, Name, now), now);
    }

    private StoredMessage CopyOf(StoredMessage message, byte[] content, string? source, DateTimeOffset now) =>
        new()
        {
            SequenceNumber = _nextSequenceNumber++,
            EnqueuedAt = now,
            MessageId = message.MessageId,
            DeliveryCount = message.DeliveryCount,
            DeadLetterSource = source,
            Content = content,
        };
}
