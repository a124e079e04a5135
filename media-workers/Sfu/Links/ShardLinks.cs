using EventMeet.Media;
using EventMeet.Media.Values;

namespace EventMeet.Sfu.Links;

/// <summary>One shard's end of the ways to and from the other shards of its worker. Wired before the threads start, then the thread's own.</summary>
/// <param name="wake">Wakes the shard's thread.</param>
internal sealed class ShardLinks(Action wake)
{
    private readonly ShardBell _bell = new(wake);
    private readonly List<ShardRing> _incoming = [];
    private readonly List<ShardRing> _outgoing = [];

    /// <summary>Makes the way to another shard.</summary>
    /// <param name="from">This shard.</param>
    /// <param name="other">The other shard's end.</param>
    public ShardRing AddWayTo(int from, ShardLinks other)
    {
        var ring = new ShardRing(from, other._bell);
        _outgoing.Add(ring);
        other._incoming.Add(ring);
        return ring;
    }

    /// <summary>Says that the thread is about to sleep.</summary>
    /// <returns>False when something waits, so that it must not.</returns>
    public bool TrySleep()
    {
        if (_incoming.Count == 0)
        {
            return true;
        }

        _bell.PrepareToSleep();
        foreach (var ring in _incoming)
        {
            if (!ring.IsEmpty)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The thread does not sleep any more.</summary>
    public void Awake() => _bell.Awake();

    /// <summary>Hands what waits to the engine.</summary>
    /// <param name="engine">The shard's.</param>
    /// <param name="most">From each other shard so much and no more.</param>
    /// <param name="now">The time.</param>
    /// <returns>False when nothing waited.</returns>
    public bool TryRead(ForwardingEngine engine, int most, MonotonicTime now)
    {
        var hasRead = false;
        foreach (var ring in _incoming)
        {
            var left = most;
            for (; left > 0 && ring.TryPeek(out var item); left--)
            {
                Hand(item, ring.From, engine, now);
                ring.Free();
            }

            hasRead |= left < most;
        }

        return hasRead;
    }

    /// <summary>Wakes those to whom something was written since the last time.</summary>
    public void Ring()
    {
        foreach (var ring in _outgoing)
        {
            ring.Ring();
        }
    }

    private static void Hand(in ShardRing.Item item, int from, ForwardingEngine engine, MonotonicTime now)
    {
        if (item.Message is { } message)
        {
            engine.HandleLinkMessage(from, message, now);
        }
        else
        {
            engine.HandleLinkedPacket(from, item.Layer, item.Index, item.Packet, now);
        }
    }
}
