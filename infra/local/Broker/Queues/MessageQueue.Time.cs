namespace EventMeet.Broker.Queues;

/// <summary>What happens because time passes: lock ends, schedules, expiry, forgotten ids.</summary>
internal sealed partial class MessageQueue
{
    // Entries are not taken out when their message goes: each is checked when its time comes.
    private readonly PriorityQueue<(StoredMessage Message, Guid LockToken), DateTimeOffset> _lockEnds = new();
    private readonly PriorityQueue<StoredMessage, DateTimeOffset> _schedule = new();
    private readonly PriorityQueue<StoredMessage, DateTimeOffset> _expiries = new();

    /// <summary>Does what is due.</summary>
    internal void Advance(DateTimeOffset now)
    {
        EndLocks(now);
        AdvanceSessions(now);
        Activate(now);
        ExpireDue(now);
        _duplicates.Advance(now);
        _deadLetters?.Advance(now);
    }

    private void EndLocks(DateTimeOffset now)
    {
        while (_lockEnds.TryPeek(out var entry, out var due) && due <= now)
        {
            _lockEnds.Dequeue();
            var (message, lockToken) = entry;
            if (message.LockToken != lockToken)
            {
                continue;
            }

            if (message.LockedUntil > now)
            {
                _lockEnds.Enqueue(entry, message.LockedUntil);
            }
            else
            {
                Redeliver(message, counted: true, now);
            }
        }
    }

    /// <summary>A scheduled message that is due goes to the end of the queue, under a new sequence number.</summary>
    private void Activate(DateTimeOffset now)
    {
        while (_schedule.TryPeek(out var message, out var due) && due <= now)
        {
            _schedule.Dequeue();
            if (message.State is not MessageState.Scheduled || !_all.Contains(message))
            {
                continue;
            }

            Remove(message);
            Store(
                new StoredMessage
                {
                    SequenceNumber = _nextSequenceNumber++,
                    EnqueuedAt = now,
                    ExpiresAt = message.ExpiresAt,
                    MessageId = message.MessageId,
                    SessionId = message.SessionId,
                    Content = message.Content,
                },
                now
            );
        }
    }

    private void ExpireDue(DateTimeOffset now)
    {
        while (_expiries.TryPeek(out var message, out var due) && due <= now)
        {
            _expiries.Dequeue();

            // One that someone holds, or that was set aside, is looked at again when it comes back.
            if (message is { IsLocked: false, State: MessageState.Active } && _all.Contains(message))
            {
                Expire(message, now);
            }
        }
    }
}
