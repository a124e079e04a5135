using EventMeet.Media;
using EventMeet.Media.Links;
using EventMeet.Media.Values;

namespace EventMeet.Testing.Network;

/// <summary>The way from one engine of a <see cref="VirtualMeeting"/> to another: a queue that can be full, and can stand still.</summary>
/// <param name="from">Whose way it is.</param>
/// <param name="to">Where it leads.</param>
internal sealed class VirtualLink(int from, int to) : ILinkOutlet
{
    private const int LongestPacket = 1500;

    private readonly Queue<Item> _items = new();
    private readonly Stack<byte[]> _free = new();
    private byte[]? _reserved;

    public int From => from;

    public int To => to;

    /// <summary>Gets or sets how many packets may wait.</summary>
    public int Capacity { get; set; } = 1000;

    /// <summary>Gets or sets how many messages may wait.</summary>
    public int MessageCapacity { get; set; } = 1000;

    /// <summary>Gets or sets a value indicating whether the other engine takes nothing for now.</summary>
    public bool IsStalled { get; set; }

    /// <summary>Gets every message that was sent.</summary>
    public List<LinkMessage> Messages { get; } = [];

    /// <summary>Gets how many packets were sent.</summary>
    public long Packets { get; private set; }

    /// <summary>Gets how many packets found no room.</summary>
    public long Refused { get; private set; }

    /// <summary>Gets or sets what takes everything in place of this from now on; null for nothing.</summary>
    public ILinkOutlet? Bypass { get; set; }

    /// <summary>Gets a value indicating whether there is anything to deliver.</summary>
    public bool IsReady => !IsStalled && _items.Count > 0;

    public bool TryReserve(out Span<byte> packet)
    {
        if (Bypass is not null)
        {
            return Bypass.TryReserve(out packet);
        }

        packet = default;
        if (_items.Count >= Capacity)
        {
            Refused++;
            return false;
        }

        _reserved = _free.TryPop(out var free) ? free : new byte[LongestPacket];
        packet = _reserved;
        return true;
    }

    public void Commit(int layer, PacketIndex index, int length)
    {
        Packets++;
        if (Bypass is not null)
        {
            Bypass.Commit(layer, index, length);
            return;
        }

        _items.Enqueue(new(null, _reserved, layer, index, length));
    }

    public bool TrySend(LinkMessage message)
    {
        if (Bypass is not null)
        {
            return Bypass.TrySend(message);
        }

        if (_items.Count >= MessageCapacity)
        {
            return false;
        }

        Messages.Add(message);
        _items.Enqueue(new(message, null, 0, default, 0));
        return true;
    }

    /// <summary>Hands what is next to the other engine.</summary>
    public void Deliver(ForwardingEngine engine, MonotonicTime now)
    {
        var item = _items.Dequeue();
        if (item.Message is { } message)
        {
            engine.HandleLinkMessage(from, message, now);
        }
        else
        {
            engine.HandleLinkedPacket(from, item.Layer, item.Index, item.Packet.AsSpan(0, item.Length), now);
            _free.Push(item.Packet!);
        }
    }

    private readonly record struct Item(LinkMessage? Message, byte[]? Packet, int Layer, PacketIndex Index, int Length);
}
