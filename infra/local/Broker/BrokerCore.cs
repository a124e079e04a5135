using System.Security.Cryptography;
using EventMeet.Broker.Amqp;
using EventMeet.Broker.Amqp.Messages;
using EventMeet.Broker.Amqp.Types;
using EventMeet.Broker.Durability;
using EventMeet.Broker.Queues;

namespace EventMeet.Broker;

/// <summary>
/// The entities, the record that is being written, and the answers that wait for it. Everything in here and in the
/// connections happens under <see cref="Gate"/>; nothing under it waits.
/// </summary>
internal sealed class BrokerCore
{
    // Enough garbage to be worth a snapshot, and twice what there is to keep, so that work stays in proportion.
    private const long CompactionFloor = 16 * 1024 * 1024;
    private const int MaxRecord = 4 * 1024 * 1024;

    private readonly Dictionary<string, MessageQueue> _queues = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, IReadOnlyList<MessageQueue>> _topics = new(StringComparer.OrdinalIgnoreCase);
    private readonly JournalEncoder _record = new(new GrowingBuffer(4096));
    private readonly List<Action> _whenDurable = [];
    private LogWriter? _log;

    internal BrokerCore(BrokerLimits limits, SharedAccessVerifier verifier)
    {
        Limits = limits;
        Verifier = verifier;
    }

    internal Lock Gate { get; } = new();

    internal BrokerLimits Limits { get; }

    internal SharedAccessVerifier Verifier { get; }

    /// <summary>Gets the connections that have something to send since the last <see cref="ReleaseOutput"/>.</summary>
    internal List<AmqpConnection> Touched { get; } = [];

    internal IEnumerable<MessageQueue> Queues => _queues.Values;

    /// <summary>Gets a value indicating whether the disk is so far behind that clients should wait.</summary>
    internal bool IsBehind => _log?.Backlog > MaxRecord * 8;

    /// <summary>Adds a queue.</summary>
    /// <exception cref="ArgumentException">The name is taken or not usable, or there are too many.</exception>
    internal MessageQueue Add(QueueDefinition definition)
    {
        var (name, options) = definition;
        if (
            name.Length is 0 or > 260
            || name.Contains('$', StringComparison.Ordinal)
            || name.Length > name.AsSpan().Trim('/').Length
        )
        {
            throw new ArgumentException($"\"{name}\" is no name for an entity.", nameof(definition));
        }

        if (_queues.Count >= Limits.MaxEntities)
        {
            throw new ArgumentException($"More than {Limits.MaxEntities} entities.", nameof(definition));
        }

        var queue = new MessageQueue(name, options, _record, MessageEditing.SetDeadLetterReason, NewLockToken);
        if (_topics.ContainsKey(name) || !_queues.TryAdd(name, queue))
        {
            throw new ArgumentException($"There are two entities of the name \"{name}\".", nameof(definition));
        }

        return queue;
    }

    /// <summary>Adds a topic and its subscriptions.</summary>
    /// <exception cref="ArgumentException">The name is taken or not usable, or there are too many.</exception>
    internal void Add(TopicDefinition topic)
    {
        var subscriptions = topic
            .Subscriptions.Select(subscription =>
                Add(subscription with { Name = $"{topic.Name}/Subscriptions/{subscription.Name}" })
            )
            .ToList();
        if (_queues.ContainsKey(topic.Name) || !_topics.TryAdd(topic.Name, subscriptions))
        {
            throw new ArgumentException($"There are two entities of the name \"{topic.Name}\".", nameof(topic));
        }
    }

    /// <summary>From here on changes are logged.</summary>
    internal void UseLog(LogWriter log) => _log = log;

    /// <summary>Finds a queue, a subscription, or the dead-letter queue of one.</summary>
    internal MessageQueue? FindQueue(string address)
    {
        if (address.EndsWith(MessageQueue.DeadLetterSuffix, StringComparison.OrdinalIgnoreCase))
        {
            return _queues.GetValueOrDefault(address[..^MessageQueue.DeadLetterSuffix.Length])?.DeadLetters;
        }

        return _queues.GetValueOrDefault(address);
    }

    /// <summary>Finds where messages to an address go: the queue itself, or every subscription of the topic.</summary>
    internal IReadOnlyList<MessageQueue>? FindTargets(string address) =>
        _queues.TryGetValue(address, out var queue) ? [queue] : _topics.GetValueOrDefault(address);

    /// <summary>Does something once all changes so far are durable.</summary>
    internal void WhenDurable(Action action) => _whenDurable.Add(action);

    /// <summary>Ends a unit of work: its changes become one record, which is on disk whole or not at all.</summary>
    internal void Commit()
    {
        if (_log is null)
        {
            _record.Buffer.Clear();
            RunInMemory();
            return;
        }

        if (_record.Buffer.Length == 0 && _whenDurable.Count == 0)
        {
            return;
        }

        if (_record.Buffer.Length == 0 && !_log.HasPending)
        {
            RunInMemory();
            return;
        }

        // An answer without a change of its own may rest on a change that is still under way: it waits in line.
        _log.Append(_record.Buffer.Written, _whenDurable);
        _record.Buffer.Clear();
        _whenDurable.Clear();
        CompactIfWorthwhile();
    }

    /// <summary>Lets what was written go out; the last thing done under the lock.</summary>
    internal void ReleaseOutput()
    {
        for (var i = 0; i < Touched.Count; i++)
        {
            Touched[i].ReleaseOutput();
        }

        Touched.Clear();
    }

    /// <summary>What waited for the disk has it.</summary>
    internal void HandleDurable(List<Action> actions)
    {
        lock (Gate)
        {
            foreach (var action in actions)
            {
                action();
            }

            Commit();
            ReleaseOutput();
        }
    }

    /// <summary>Does what is due in every queue.</summary>
    internal void Advance(DateTimeOffset now)
    {
        foreach (var queue in _queues.Values)
        {
            queue.Advance(now);
            if (_record.Buffer.Length > MaxRecord)
            {
                Commit();
            }
        }

        Commit();
    }

    /// <summary>Writes a snapshot.</summary>
    internal void Compact()
    {
        var snapshot = new SnapshotCapture();
        foreach (var queue in _queues.Values)
        {
            queue.WriteSnapshot(snapshot);
        }

        _log?.Compact(snapshot);
    }

    private static Guid NewLockToken()
    {
        Span<byte> chance = stackalloc byte[16];
        RandomNumberGenerator.Fill(chance);
        return new Guid(chance);
    }

    private void CompactIfWorthwhile()
    {
        if (
            _log!.GrowthSinceSnapshot > CompactionFloor
            && _log.GrowthSinceSnapshot > 2 * _queues.Values.Sum(queue => queue.Capacity.Bytes)
        )
        {
            Compact();
        }
    }

    private void RunInMemory()
    {
        // An action may ask for another one.
        for (var i = 0; i < _whenDurable.Count; i++)
        {
            _whenDurable[i]();
        }

        _whenDurable.Clear();
    }
}
