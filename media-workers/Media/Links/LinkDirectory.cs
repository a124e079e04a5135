using EventMeet.Media.Peers;
using EventMeet.Media.Rooms;
using EventMeet.Media.Values;

namespace EventMeet.Media.Links;

/// <summary>All links of an engine, and the ways to the other engines of its worker.</summary>
/// <param name="context">What everything in the engine shares.</param>
internal sealed class LinkDirectory(EngineContext context)
{
    // A link's number tells which shard has given it: above the bits of a shard's number a counter.
    private const int ShardBits = 16;

    private readonly Dictionary<int, LinkPath> _paths = [];
    private readonly Dictionary<long, Link> _links = [];
    private long _opened;

    /// <summary>Gets how many links there are.</summary>
    public int Count => _links.Count;

    /// <summary>There is a way to another engine.</summary>
    public void Connect(int shard, ILinkOutlet outlet) => _paths.Add(shard, new LinkPath(shard, outlet));

    /// <summary>Is there a way to a shard?</summary>
    public bool Knows(int shard) => _paths.ContainsKey(shard);

    /// <summary>Makes a branch's end.</summary>
    /// <param name="home">On which shard the room lives; there must be a way.</param>
    /// <param name="room">The branch.</param>
    public Link Open(int home, Room room)
    {
        var link = Add(_paths[home], (++_opened << ShardBits) | (uint)context.Shard, room, isHome: false);
        link.Send(new LinkOpened(link.Id, room.Parameters with { HomeShard = null }));
        return link;
    }

    /// <summary>Makes a home's end.</summary>
    public Link Accept(int branch, long id, Room room) => Add(_paths[branch], id, room, isHome: true);

    /// <summary>A branch is not taken.</summary>
    public void Refuse(int branch, long id, LeaveReason reason) => _paths[branch].SendLast(new LinkClosed(id, reason));

    /// <summary>Finds a link; one that is over is not found.</summary>
    public bool TryFind(long id, out Link link) => _links.TryGetValue(id, out link!);

    /// <summary>Finds the layer that a packet belongs to.</summary>
    /// <param name="shard">Where it comes from.</param>
    /// <param name="tag">What the layer is called there.</param>
    /// <param name="layer">The layer.</param>
    public bool TryFindLayer(int shard, int tag, out Layer layer)
    {
        layer = null!;
        return _paths.TryGetValue(shard, out var path) && path.Layers.TryGetValue(tag, out layer!);
    }

    /// <summary>A link is over: says so at the other end, and forgets it.</summary>
    public void Close(Link link, LeaveReason reason)
    {
        if (link.IsLost)
        {
            link.Path.Forget(link.Id);
        }

        link.Path.SendLast(new LinkClosed(link.Id, reason));
        Remove(link);
    }

    /// <summary>Forgets a link that the other end has closed.</summary>
    public void Remove(Link link)
    {
        link.Release();
        _ = _links.Remove(link.Id);
    }

    /// <summary>Sends what had to wait.</summary>
    public void Flush()
    {
        foreach (var path in _paths.Values)
        {
            if (path.IsWaiting)
            {
                path.Flush();
            }

            if (path.IsWaiting)
            {
                context.WakeAt(context.Now);
            }
        }
    }

    private Link Add(LinkPath path, long id, Room room, bool isHome)
    {
        var link = new Link(path, id, room, isHome, context);
        _links.Add(id, link);
        return link;
    }
}
