using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;

namespace EventMeet.Recorder.Tests.Recordings;

/// <summary>A bus in memory with locks that last: what is not completed comes again.</summary>
internal sealed class WorkBus(TimeProvider clock) : IMessageBus
{
    public static readonly TimeSpan LockDuration = TimeSpan.FromSeconds(6);

    private readonly Lock _lock = new();
    private readonly List<Entry> _entries = [];
    private readonly List<object> _facts = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _sequence;

    /// <summary>Gets or sets a value indicating whether nobody answers.</summary>
    public bool IsDown { get; set; }

    public IReadOnlyList<object> Facts
    {
        get
        {
            lock (_lock)
            {
                return [.. _facts];
            }
        }
    }

    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    public void Put(string entity, object message, string? session = null)
    {
        lock (_lock)
        {
            var id = $"cmd_{++_sequence}";
            _entries.Add(
                new(
                    entity,
                    session,
                    new(id, MessageTypes.NameOf(message), "/test", clock.GetUtcNow(), MessageTypes.Write(message)),
                    _sequence
                )
            );
        }

        Changed();
    }

    /// <summary>Ends all locks, as a broker does that was away.</summary>
    public void LoseLocks()
    {
        lock (_lock)
        {
            foreach (var entry in _entries.Where(entry => entry.Token != Guid.Empty))
            {
                entry.Release(counted: true);
            }
        }

        Changed();
    }

    /// <summary>Forgets how often messages were delivered, as a broker does that was killed.</summary>
    public void ForgetDeliveries()
    {
        lock (_lock)
        {
            _entries.ForEach(entry => entry.ForgetDeliveries());
        }
    }

    /// <summary>Waits for a fact.</summary>
    public async Task<T> NextAsync<T>(Func<T, bool>? isWanted = null)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                changed = _changed.Task;
                if (_facts.OfType<T>().FirstOrDefault(fact => isWanted?.Invoke(fact) ?? true) is { } found)
                {
                    return found;
                }
            }

            await changed.WaitAsync(TestContext.Current.CancellationToken);
        }
    }

    public Task SendAsync(string entity, IReadOnlyList<BusMessage> messages, CancellationToken cancellationToken)
    {
        if (IsDown)
        {
            return Task.FromException(new BusException(BusFailure.Unavailable, "The bus is away."));
        }

        lock (_lock)
        {
            _facts.AddRange(messages.Select(message => MessageTypes.Read(message.Type, message.Body.Span)!));
        }

        Changed();
        return Task.CompletedTask;
    }

    public IMessageReceiver Receive(string entity, ReceiveOptions options) => new Receiver(this, entity, options);

    public Task<long> ScheduleAsync(
        string entity,
        BusMessage message,
        DateTimeOffset enqueueAt,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public Task CancelScheduledAsync(string entity, long sequenceNumber, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Changed()
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            changed = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    private sealed class Entry(string entity, string? session, BusMessage message, long sequence)
    {
        public string Entity => entity;

        public string? Session => session;

        public Guid Token { get; private set; }

        public DateTimeOffset LockedUntil { get; set; }

        public int Count { get; private set; }

        public ReceivedMessage Hold(DateTimeOffset now)
        {
            Token = new Guid((int)sequence, (short)Count, 1, new byte[8]);
            LockedUntil = now + LockDuration;
            return new(message, Token, Count, sequence, now, LockedUntil);
        }

        public void ForgetDeliveries() => Count = 0;

        public void Release(bool counted)
        {
            Token = Guid.Empty;
            Count += counted ? 1 : 0;
        }
    }

    private sealed class Receiver(WorkBus bus, string entity, ReceiveOptions options) : IMessageReceiver
    {
        private int _credit = options.Credit;

        public async Task<ReceivedMessage> ReceiveAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                Task changed;
                lock (bus._lock)
                {
                    changed = bus._changed.Task;
                    var entry = bus._entries.FirstOrDefault(entry =>
                        string.Equals(entry.Entity, entity, StringComparison.Ordinal)
                        && string.Equals(entry.Session, options.SessionId, StringComparison.Ordinal)
                        && (entry.Token == Guid.Empty)
                    );
                    if (entry is not null && _credit > 0)
                    {
                        _credit--;
                        return entry.Hold(bus.Now);
                    }
                }

                await changed.WaitAsync(cancellationToken);
            }
        }

        public Task<bool> CompleteAsync(ReceivedMessage message, CancellationToken cancellationToken) =>
            Settle(message, entry => bus._entries.Remove(entry));

        public Task<bool> AbandonAsync(ReceivedMessage message, CancellationToken cancellationToken) =>
            Settle(message, entry => entry.Release(counted: true));

        public Task<bool> DeadLetterAsync(
            ReceivedMessage message,
            string reason,
            string description,
            CancellationToken cancellationToken
        ) => Settle(message, entry => bus._entries.Remove(entry));

        public Task<DateTimeOffset?> RenewLockAsync(ReceivedMessage message, CancellationToken cancellationToken)
        {
            lock (bus._lock)
            {
                if (bus.IsDown)
                {
                    return Task.FromException<DateTimeOffset?>(new BusException(BusFailure.Unavailable, "Away."));
                }

                if (bus._entries.Find(entry => entry.Token == message.LockToken) is not { } held)
                {
                    return Task.FromResult<DateTimeOffset?>(null);
                }

                held.LockedUntil = bus.Now + LockDuration;
                return Task.FromResult<DateTimeOffset?>(held.LockedUntil);
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private Task<bool> Settle(ReceivedMessage message, Action<Entry> settle)
        {
            bool found;
            lock (bus._lock)
            {
                if (bus.IsDown)
                {
                    return Task.FromException<bool>(new BusException(BusFailure.Unavailable, "Away."));
                }

                var entry = bus._entries.Find(entry => entry.Token == message.LockToken);
                found = entry is not null;
                if (found)
                {
                    settle(entry!);
                    _credit++;
                }
            }

            bus.Changed();
            return Task.FromResult(found);
        }
    }

    private DateTimeOffset Now => clock.GetUtcNow();
}
