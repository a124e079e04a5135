namespace EventMeet.Media.Rooms;

/// <summary>Remembers the last rooms, or relays, that ended here, and under which epoch, so that a late order does not revive one.</summary>
internal sealed class EndedIds
{
    // A late order is seconds late; this many end in hours.
    private const int Capacity = 10_000;

    private readonly Dictionary<string, long> _epochs = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    /// <summary>Notes one that has ended.</summary>
    public void Add(string id, long epoch)
    {
        if (_epochs.TryAdd(id, epoch))
        {
            _order.Enqueue(id);
        }

        _epochs[id] = epoch;
        if (_order.Count > Capacity)
        {
            _ = _epochs.Remove(_order.Dequeue());
        }
    }

    /// <summary>Has this one ended here under this epoch or a newer one?</summary>
    public bool Contains(string id, long epoch) => _epochs.TryGetValue(id, out var ended) && ended >= epoch;
}
