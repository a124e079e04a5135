namespace EventMeet.Broker.Queues;

/// <summary>
/// One queue: who gets which message when. Pure: time is an argument, changes that must last go to the journal, messages
/// go to consumers. One thread at a time.
/// </summary>
internal sealed partial class MessageQueue
{
    private readonly QueueOptions _options;
    private readonly IQueueJournal _journal;
    private readonly Func<Guid> _newLockToken;
    private readonly MessageQueue? _deadLetters;
    private readonly DeadLetterStamp _stamp;
    private readonly QueueCapacity _capacity;
    private readonly DuplicateFilter _duplicates;
    private readonly SortedSet<StoredMessage> _all = new(BySequenceNumber.Instance);
    private readonly SortedSet<StoredMessage> _ready = new(BySequenceNumber.Instance);
    private readonly Dictionary<Guid, StoredMessage> _locked = [];
    private readonly List<IConsumer> _consumers = [];
    private int _nextConsumer;
    private long _nextSequenceNumber = 1;

    /// <summary>Initializes a new instance of the <see cref="MessageQueue"/> class, with its dead-letter queue.</summary>
    internal MessageQueue(
        string name,
        QueueOptions options,
        IQueueJournal journal,
        DeadLetterStamp stamp,
        Func<Guid> newLockToken
    )
        : this(name, options, journal, stamp, newLockToken, new QueueCapacity(options.MaxMessages, options.MaxBytes))
    {
        _deadLetters = new MessageQueue(
            name + DeadLetterSuffix,
            new QueueOptions { LockDuration = options.LockDuration, ReleaseOnDisconnect = options.ReleaseOnDisconnect },
            journal,
            stamp,
            newLockToken,
            _capacity
        );
    }

    private MessageQueue(
        string name,
        QueueOptions options,
        IQueueJournal journal,
        DeadLetterStamp stamp,
        Func<Guid> newLockToken,
        QueueCapacity capacity
    )
    {
        Name = name;
        _options = options;
        _journal = journal;
        _stamp = stamp;
        _newLockToken = newLockToken;
        _capacity = capacity;
        _duplicates = new DuplicateFilter(options.DuplicateWindow, options.MaxRememberedIds);
    }

    /// <summary>Writes into a message's content why it was given up.</summary>
    internal delegate byte[] DeadLetterStamp(byte[] content, string reason, string description);

    internal const string DeadLetterSuffix = "/$DeadLetterQueue";

    internal string Name { get; }

    internal QueueOptions Options => _options;

    internal MessageQueue? DeadLetters => _deadLetters;

    internal int Count => _all.Count;

    internal int LockedCount => _locked.Count;

    internal QueueCapacity Capacity => _capacity;

    /// <summary>Takes messages, all or none.</summary>
    internal EnqueueResult Enqueue(
        IReadOnlyList<NewMessage> messages,
        DateTimeOffset now,
        ICollection<long>? sequenceNumbers = null
    )
    {
        if (_options.RequiresSession && messages.Any(message => string.IsNullOrEmpty(message.SessionId)))
        {
            return EnqueueResult.SessionMissing;
        }

        if (!_capacity.HasRoomFor(messages.Count, messages.Sum(message => (long)message.Content.Length)))
        {
            return EnqueueResult.Full;
        }

        if (_options.RequiresSession && !HasRoomForSessions(messages))
        {
            return EnqueueResult.Full;
        }

        foreach (var message in messages)
        {
            var sequenceNumber = Enqueue(message, now);
            sequenceNumbers?.Add(sequenceNumber);
        }

        return EnqueueResult.Taken;
    }

    /// <summary>A consumer of a queue without sessions is there.</summary>
    internal void Attach(IConsumer consumer, DateTimeOffset now)
    {
        _consumers.Add(consumer);
        HandleCredit(consumer, now);
    }

    /// <summary>A consumer is gone: with its link, or, when <paramref name="disconnected"/>, with its connection.</summary>
    internal void Detach(IConsumer consumer, bool disconnected, DateTimeOffset now)
    {
        _consumers.Remove(consumer);
        _waiting.RemoveAll(waiting => waiting.Consumer == consumer);
        if (_owned.Remove(consumer, out var session))
        {
            Release(session, counted: false, now);
        }
        else if (_options.ReleaseOnDisconnect)
        {
            foreach (var message in _locked.Values.Where(message => message.Holder == consumer).ToList())
            {
                Redeliver(message, counted: disconnected, now);
            }

            Pump(now);
        }
    }

    /// <summary>A consumer has credit again.</summary>
    internal void HandleCredit(IConsumer consumer, DateTimeOffset now)
    {
        if (_owned.TryGetValue(consumer, out var session))
        {
            Pump(session, now);
        }
        else if (!_options.RequiresSession)
        {
            Pump(now);
        }
    }

    /// <summary>Looks at messages from a sequence number on, whatever their state, without taking them.</summary>
    internal IReadOnlyList<StoredMessage> Peek(long from, int count, string? sessionId)
    {
        if (_all.Count == 0 || from > _all.Max!.SequenceNumber)
        {
            return [];
        }

        return
        [
            .. _all.GetViewBetween(Probe(from), _all.Max)
                .Where(message => sessionId is null || sessionId.Equals(message.SessionId, StringComparison.Ordinal))
                .Take(count),
        ];
    }

    private long Enqueue(NewMessage message, DateTimeOffset now)
    {
        if (_duplicates.TryFind(message.MessageId, now, out var earlier))
        {
            return earlier;
        }

        var scheduled = message.ScheduledFor > now;
        var visibleAt = scheduled ? message.ScheduledFor!.Value : now;
        var stored = new StoredMessage
        {
            SequenceNumber = _nextSequenceNumber++,
            EnqueuedAt = now,
            ExpiresAt = ExpiryOf(message, visibleAt),
            ScheduledFor = scheduled ? message.ScheduledFor : null,
            State = scheduled ? MessageState.Scheduled : MessageState.Active,
            MessageId = message.MessageId,
            SessionId = _options.RequiresSession ? message.SessionId : null,
            Content = message.Content,
        };
        _duplicates.Add(stored.MessageId, stored.SequenceNumber, now);
        Store(stored, now);
        return stored.SequenceNumber;
    }

    /// <summary>Puts a message in, takes it down, and hands it out if someone waits for it.</summary>
    private void Store(StoredMessage message, DateTimeOffset now)
    {
        _journal.Stored(Name, message);
        Index(message);
        if (message.State is MessageState.Active)
        {
            MakeReady(message, now);
        }
    }

    private void Index(StoredMessage message)
    {
        _all.Add(message);
        _capacity.AddMessage(message.Content.Length);
        if (message.State is MessageState.Scheduled)
        {
            _schedule.Enqueue(message, message.ScheduledFor!.Value);
        }
        else if (message.ExpiresAt != DateTimeOffset.MaxValue)
        {
            _expiries.Enqueue(message, message.ExpiresAt);
        }
    }

    private void Remove(StoredMessage message)
    {
        _journal.Removed(Name, message.SequenceNumber);
        if (_all.Remove(message))
        {
            _capacity.RemoveMessage(message.Content.Length);
        }

        Unlock(message);
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

    private void MakeReady(StoredMessage message, DateTimeOffset now)
    {
        if (message.SessionId is { } id)
        {
            var session = SessionOf(id);
            session.Ready.Add(message);
            Pump(session, now);
        }
        else
        {
            _ready.Add(message);
            Pump(now);
        }
    }

    private void Pump(DateTimeOffset now)
    {
        while (_ready.Count > 0 && NextConsumer() is { } consumer)
        {
            var message = _ready.Min!;
            _ready.Remove(message);
            HandOut(message, consumer, now + _options.LockDuration, now);
        }
    }

    /// <summary>Takes consumers in turn, so that those who compete get equal shares.</summary>
    private IConsumer? NextConsumer()
    {
        for (var i = 0; i < _consumers.Count; i++)
        {
            var index = (_nextConsumer + i) % _consumers.Count;
            if (_consumers[index].HasCredit)
            {
                _nextConsumer = index + 1;
                return _consumers[index];
            }
        }

        return null;
    }

    private void HandOut(StoredMessage message, IConsumer consumer, DateTimeOffset lockedUntil, DateTimeOffset now)
    {
        if (message.ExpiresAt <= now)
        {
            Expire(message, now);
        }
        else if (consumer.SettlesOnArrival)
        {
            Remove(message);
            consumer.Deliver(message);
        }
        else
        {
            Lock(message, consumer, lockedUntil);
            consumer.Deliver(message);
        }
    }

    private void Lock(StoredMessage message, IConsumer? holder, DateTimeOffset lockedUntil)
    {
        message.LockToken = _newLockToken();
        message.LockedUntil = lockedUntil;
        message.Holder = holder;
        _locked.Add(message.LockToken, message);
        if (message.SessionId is { } id)
        {
            SessionOf(id).Locked.Add(message);
        }
        else
        {
            _lockEnds.Enqueue((message, message.LockToken), lockedUntil);
        }
    }

    private void Unlock(StoredMessage message)
    {
        if (!message.IsLocked)
        {
            return;
        }

        _locked.Remove(message.LockToken);
        message.LockToken = Guid.Empty;
        message.Holder = null;
        if (message.SessionId is { } id && _sessions.TryGetValue(id, out var session))
        {
            session.Locked.Remove(message);
        }
    }

    private DateTimeOffset ExpiryOf(NewMessage message, DateTimeOffset visibleAt)
    {
        var timeToLive = message.TimeToLive ?? TimeSpan.MaxValue;
        if (_options.TimeToLive is { } limit && limit < timeToLive)
        {
            timeToLive = limit;
        }

        return timeToLive >= DateTimeOffset.MaxValue - visibleAt ? DateTimeOffset.MaxValue : visibleAt + timeToLive;
    }

    private static StoredMessage Probe(long sequenceNumber) =>
        new()
        {
            SequenceNumber = sequenceNumber,
            EnqueuedAt = default,
            Content = [],
        };
}
