namespace EventMeet.Media.Rooms;

/// <summary>Remembers the last rooms that ended here, and under which epoch, so that a late order does not revive one.</summary>
internal sealed class EndedRooms
{
    // A late order is seconds late; this many rooms end in hours.
    private const int Capacity = 10_000;

    private readonly Dictionary<string, long> _epochs = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    /// <summary>Notes a room that has ended.</summary>
    public void Add(string room, long epoch)
    {
        if (_epochs.TryAdd(room, epoch))
        {
            _order.Enqueue(room);
        }

        _epochs[room] = epoch;
        if (_order.Count > Capacity)
        {
            _ = _epochs.Remove(_order.Dequeue());
        }
    }

    /// <summary>Has this room ended here under this epoch or a newer one?</summary>
    public bool Contains(string room, long epoch) => _epochs.TryGetValue(room, out var ended) && ended >= epoch;
}
