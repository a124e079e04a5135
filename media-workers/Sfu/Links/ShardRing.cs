using System.Runtime.InteropServices;
using EventMeet.Media.Links;
using EventMeet.Media.Values;

namespace EventMeet.Sfu.Links;

/// <summary>
/// One way from one shard to another: a ring of slots in memory that both threads see. One thread writes, one reads, and nobody
/// waits: the writer owns the slots from the head on, the reader those from the tail to the head, and each moves only its own
/// mark. A slot is free again when the reader has moved on. Takes no memory before the first use, then 1.6 MB.
/// </summary>
/// <param name="from">The writing shard.</param>
/// <param name="bell">What wakes the reading shard.</param>
internal sealed class ShardRing(int from, ShardBell bell) : ILinkOutlet
{
    /// <summary>How many slots there are; a power of two. 20 ms of 50,000 packets per second.</summary>
    public const int Capacity = 1024;

    /// <summary>How many of them packets leave to messages, which must not be lost.</summary>
    public const int KeptForMessages = 128;

    private const int SlotLength = 1536; // the longest datagram, and whole cache lines

    private Marks _marks;
    private Slot[]? _slots;
    private byte[]? _slab;
    private bool _hasNews;

    /// <summary>Gets the writing shard.</summary>
    public int From => from;

    /// <summary>Gets how much waits; by the reader exactly, by the writer at most.</summary>
    public int Waiting => (int)(Volatile.Read(ref _marks.Head) - Volatile.Read(ref _marks.Tail));

    /// <summary>Gets a value indicating whether nothing waits.</summary>
    public bool IsEmpty => Waiting == 0;

    /// <inheritdoc/>
    public bool TryReserve(out Span<byte> packet)
    {
        packet = default;
        if (!HasRoom(Capacity - KeptForMessages))
        {
            return false;
        }

        packet = _slab.AsSpan(Position(_marks.Head) * SlotLength, SlotLength);
        return true;
    }

    /// <inheritdoc/>
    public void Commit(int layer, PacketIndex index, int length) => Write(new(null, layer, length, index));

    /// <inheritdoc/>
    public bool TrySend(LinkMessage message)
    {
        if (!HasRoom(Capacity))
        {
            return false;
        }

        Write(new(message, 0, 0, default));
        return true;
    }

    /// <summary>Wakes the reader if it sleeps and something was written since the last time; by the writer.</summary>
    public void Ring()
    {
        if (_hasNews)
        {
            _hasNews = false;
            bell.Ring();
        }
    }

    /// <summary>Looks at what was written first of all that waits; by the reader, who then frees it.</summary>
    /// <param name="item">Valid until <see cref="Free"/>.</param>
    public bool TryPeek(out Item item)
    {
        item = default;
        if (IsEmpty)
        {
            return false;
        }

        var position = Position(_marks.Tail);
        ref readonly var slot = ref _slots![position];
        item = new(slot.Message, slot.Layer, slot.Index, _slab.AsSpan(position * SlotLength, slot.Length));
        return true;
    }

    /// <summary>Gives the slot of what was looked at back to the writer.</summary>
    public void Free()
    {
        _slots![Position(_marks.Tail)] = default;
        Volatile.Write(ref _marks.Tail, _marks.Tail + 1);
    }

    private static int Position(long mark) => (int)(mark & (Capacity - 1));

    private bool HasRoom(int capacity)
    {
        if (_slots is null)
        {
            _slab = GC.AllocateUninitializedArray<byte>(Capacity * SlotLength, pinned: true);
            _slots = new Slot[Capacity];
        }

        if (_marks.Head - _marks.KnownTail < capacity)
        {
            return true;
        }

        // The reader's mark is looked at only now: its cache line would be fetched from the other core each time.
        _marks.KnownTail = Volatile.Read(ref _marks.Tail);
        return _marks.Head - _marks.KnownTail < capacity;
    }

    private void Write(in Slot slot)
    {
        _slots![Position(_marks.Head)] = slot;
        _hasNews = true;
        // Everything above is seen by whoever sees the new mark.
        Volatile.Write(ref _marks.Head, _marks.Head + 1);
    }

    /// <summary>A message, or a packet.</summary>
    /// <param name="message">The message; null when it is a packet.</param>
    /// <param name="layer">What the writing shard's engine calls the packet's layer.</param>
    /// <param name="index">The packet's unwrapped sequence number.</param>
    /// <param name="packet">Header and payload, decrypted.</param>
    internal readonly ref struct Item(LinkMessage? message, int layer, PacketIndex index, ReadOnlySpan<byte> packet)
    {
        public LinkMessage? Message { get; } = message;

        public int Layer { get; } = layer;

        public PacketIndex Index { get; } = index;

        public ReadOnlySpan<byte> Packet { get; } = packet;
    }

    private readonly record struct Slot(LinkMessage? Message, int Layer, int Length, PacketIndex Index);

    // Far enough apart that neither thread's writing disturbs the other's cache, prefetched neighbours included.
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private struct Marks
    {
        [FieldOffset(128)]
        public long Head;

        [FieldOffset(136)]
        public long KnownTail;

        [FieldOffset(256)]
        public long Tail;
    }
}
