namespace EventMeet.Broker.Queues;

/// <summary>One session of a queue: its messages, its state, and who holds it.</summary>
internal sealed class QueueSession(string id)
{
    internal string Id { get; } = id;

    internal SortedSet<StoredMessage> Ready { get; } = new(BySequenceNumber.Instance);

    internal HashSet<StoredMessage> Locked { get; } = [];

    internal byte[]? State { get; set; }

    internal IConsumer? Owner { get; set; }

    internal DateTimeOffset LockedUntil { get; set; }

    internal bool IsEmpty => Owner is null && State is null && Ready.Count == 0 && Locked.Count == 0;
}
