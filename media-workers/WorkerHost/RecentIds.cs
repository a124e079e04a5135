namespace EventMeet.WorkerHost;

/// <summary>Remembers the last so many ids, so that a message handled twice does nothing the second time.</summary>
/// <param name="capacity">How many.</param>
internal sealed class RecentIds(int capacity)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    /// <summary>Notes an id.</summary>
    /// <returns>False when it is already known.</returns>
    public bool Add(string id)
    {
        if (!_known.Add(id))
        {
            return false;
        }

        _order.Enqueue(id);
        if (_order.Count > capacity)
        {
            _ = _known.Remove(_order.Dequeue());
        }

        return true;
    }
}
