namespace EventMeet.Broker.Queues;

/// <summary>Remembers message ids for a while, and a limited number of them: the oldest go first.</summary>
internal sealed class DuplicateFilter(TimeSpan window, int maxIds)
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, DateTimeOffset Since)> _order = new();

    internal bool IsOn => window > TimeSpan.Zero;

    internal IEnumerable<(string Id, long SequenceNumber, DateTimeOffset Since)> Entries =>
        _entries.Select(entry => (entry.Key, entry.Value.SequenceNumber, entry.Value.Since));

    /// <summary>Finds the message that came first with an id.</summary>
    internal bool TryFind(string? messageId, DateTimeOffset now, out long sequenceNumber)
    {
        sequenceNumber = 0;
        if (messageId is null || !_entries.TryGetValue(messageId, out var entry) || entry.Since + window <= now)
        {
            return false;
        }

        sequenceNumber = entry.SequenceNumber;
        return true;
    }

    internal void Add(string? messageId, long sequenceNumber, DateTimeOffset since)
    {
        if (!IsOn || messageId is null)
        {
            return;
        }

        _entries[messageId] = new Entry(sequenceNumber, since);
        _order.Enqueue((messageId, since));
        while (_order.Count > maxIds)
        {
            Drop(_order.Dequeue());
        }
    }

    internal void Advance(DateTimeOffset now)
    {
        while (_order.TryPeek(out var oldest) && oldest.Since + window <= now)
        {
            Drop(_order.Dequeue());
        }
    }

    private void Drop((string Id, DateTimeOffset Since) old)
    {
        // The id may have come again since; then the later entry stays.
        if (_entries.TryGetValue(old.Id, out var entry) && entry.Since == old.Since)
        {
            _entries.Remove(old.Id);
        }
    }

    private readonly record struct Entry(long SequenceNumber, DateTimeOffset Since);
}
