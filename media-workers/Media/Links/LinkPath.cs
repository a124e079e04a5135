using EventMeet.Media.Rooms;

namespace EventMeet.Media.Links;

/// <summary>What all links between this engine and one other share: the way there, and the layers that come from there.</summary>
/// <param name="shard">The other engine's shard.</param>
/// <param name="outlet">The way there.</param>
internal sealed class LinkPath(int shard, ILinkOutlet outlet)
{
    // The whole of a few large rooms. An engine that lets more wait has stood still for seconds.
    private const int MaxWaiting = 1 << 14;

    private readonly Queue<LinkMessage> _waiting = new();

    /// <summary>Gets the other engine's shard.</summary>
    public int Shard => shard;

    /// <summary>Gets the way there.</summary>
    public ILinkOutlet Outlet => outlet;

    /// <summary>Gets the layers whose packets come from there, by what the other engine calls them.</summary>
    public Dictionary<int, Layer> Layers { get; } = [];

    /// <summary>Gets a value indicating whether messages wait for room.</summary>
    public bool IsWaiting => _waiting.Count > 0;

    /// <summary>Sends a message, or has it wait.</summary>
    /// <returns>False when too many wait already.</returns>
    public bool TrySend(LinkMessage message)
    {
        if (!IsWaiting && outlet.TrySend(message))
        {
            return true;
        }

        if (_waiting.Count >= MaxWaiting)
        {
            return false;
        }

        _waiting.Enqueue(message);
        return true;
    }

    /// <summary>Sends a link's last message, however many wait; of each link there is one.</summary>
    public void SendLast(LinkClosed message)
    {
        if (IsWaiting || !outlet.TrySend(message))
        {
            _waiting.Enqueue(message);
        }
    }

    /// <summary>Forgets what waits of a link that is over.</summary>
    public void Forget(long link)
    {
        for (var left = _waiting.Count; left > 0; left--)
        {
            var message = _waiting.Dequeue();
            if (message.Link != link)
            {
                _waiting.Enqueue(message);
            }
        }
    }

    /// <summary>Sends what waits, as far as there is room.</summary>
    public void Flush()
    {
        while (_waiting.TryPeek(out var message) && outlet.TrySend(message))
        {
            _ = _waiting.Dequeue();
        }
    }
}
