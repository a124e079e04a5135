using EventMeet.Media.Packets;
using EventMeet.Media.Rooms;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Media;

/// <summary>
/// Steps 9 to 11 of a packet's life for everybody who wants it. Packets of a layer that leave together wait until the
/// turn's inputs have been handled; then one group of subscribers after the other gets all of them, so that a subscriber's
/// keys and numbers are looked at once and a group's trains leave while they are in the processor's cache.
/// </summary>
internal sealed class FanOut(PacketSender sender)
{
    // 2^32 over the golden ratio: timestamps go in even steps, and this scatters them (Knuth 6.4).
    private const uint Golden = 2_654_435_769;

    // What a group is sent should fit into the processor's second cache, and into one call.
    private const int PacketsPerGroup = 128;
    private const int LargestGroup = 32; // subscribers
    private const int SmallestGroup = 8;

    // More than that wait only when a worker is behind; then everything is sent at once, before caches come round.
    private const int MaxWaiting = 256; // packets

    private readonly Queue<Departure> _sound = new();
    private readonly Queue<Departure> _pictures = new();
    private readonly GatheredFrame.Packet[] _waiting = new GatheredFrame.Packet[MaxWaiting];
    private readonly PlainPacket[] _packets = new PlainPacket[GatheredFrame.Capacity];
    private int _waitingCount;

    // What is on its way: whose packets, how many, who is next, and how many are still to be served.
    private Departure _current;
    private int _packetCount;
    private int _next;
    private int _left;

    // Nobody looks at it; what is read for it is in the cache.
    private int _warmed;

    /// <summary>Lets packets of a layer leave together when the turn is drained.</summary>
    /// <param name="layer">Whose; they lie in its cache.</param>
    /// <param name="packets">1 to <see cref="GatheredFrame.Capacity"/> of them.</param>
    /// <param name="longest">The longest payload among them, in bytes.</param>
    /// <param name="now">The time.</param>
    public void Add(Layer layer, ReadOnlySpan<GatheredFrame.Packet> packets, int longest, MonotonicTime now)
    {
        if (layer.Slots.Count == 0)
        {
            return;
        }

        if (_waitingCount + packets.Length > MaxWaiting)
        {
            while (TryForwardGroup(now)) { }
        }

        // Sound is small and does not wait behind pictures.
        var departures = layer.Track.Kind is MediaKind.Audio ? _sound : _pictures;
        departures.Enqueue(new Departure(layer, _waitingCount, packets.Length, packets.Length > 1 ? longest : 0));
        packets.CopyTo(_waiting.AsSpan(_waitingCount));
        _waitingCount += packets.Length;
    }

    /// <summary>Gives the next group of subscribers what waits for them.</summary>
    /// <returns>False when nothing waits.</returns>
    public bool TryForwardGroup(MonotonicTime now)
    {
        if (_left == 0 && !TryBegin())
        {
            return false;
        }

        var slots = _current.Layer.Slots;
        _left = Math.Min(_left, slots.Count);
        var size = Math.Clamp(PacketsPerGroup / Math.Max(1, _packetCount), SmallestGroup, LargestGroup);
        var end = Math.Max(_left - size, 0);
        Warm(slots, _left - end);
        for (; _left > end; _left--)
        {
            _next = _next < slots.Count ? _next : 0;
            var slot = slots[_next++];
            foreach (ref readonly var packet in _packets.AsSpan(0, _packetCount))
            {
                Forward(slot, _current.Layer, packet, _current.Longest, now);
            }
        }

        sender.Complete();
        return true;
    }

    /// <summary>Forwards one packet to one slot, if it wants it; follow with <see cref="PacketSender.Complete"/>.</summary>
    public void Forward(Slot slot, Layer layer, in PlainPacket packet, int longest, MonotonicTime now)
    {
        // 9. Is this layer wanted, does a switch happen here?
        if (slot.Awaited == layer)
        {
            if (!MaySwitch(layer, packet))
            {
                return;
            }

            Switch(slot, layer, packet.Source, now);
        }
        else if (slot.Carried != layer)
        {
            return;
        }

        // 10. Rewrite the numbers.
        if (packet.IsPadding)
        {
            // Padding alone, with which the publisher probes: the subscriber never sees it.
            if (slot.Rewriter.TryDrop(layer.Tag, packet.Source, out var hole))
            {
                sender.SendPadding(slot, hole, now);
            }
        }
        else if (slot.Rewriter.TryMap(layer.Tag, packet.Source, now, out var outgoing))
        {
            sender.Send(slot, layer, packet, longest, outgoing, now);
        }
    }

    // A subscriber's state has left the cache since the picture before. Read for all of the group at once, the memory answers for many at a
    // time instead of one after the other.
    private void Warm(List<Slot> slots, int count)
    {
        var next = _next;
        for (var position = 0; position < count; position++)
        {
            next = next < slots.Count ? next : 0;
            _warmed += slots[next++].Warm();
        }
    }

    // Who is served first changes from picture to picture: nobody is always the last of hundreds.
    private bool TryBegin()
    {
        while (_sound.TryDequeue(out _current) || _pictures.TryDequeue(out _current))
        {
            _packetCount = 0;
            foreach (ref readonly var waiting in _waiting.AsSpan(_current.First, _current.Count))
            {
                if (PlainPacket.TryFind(_current.Layer, waiting.Index, waiting.IsKeyFrame, out _packets[_packetCount]))
                {
                    _packetCount++;
                }
            }

            _left = _packetCount == 0 || _current.Layer.Track.IsMuted ? 0 : _current.Layer.Slots.Count;
            if (_left > 0)
            {
                _next = (int)(((_packets[0].Source.Timestamp * Golden) >> 8) % (uint)_left);
                return true;
            }
        }

        _waitingCount = 0;
        return false;
    }

    // Sound, where every packet would do, begins with the newest: what overtook this one is gone.
    private static bool MaySwitch(Layer layer, in PlainPacket packet) =>
        packet.IsKeyFrame
        && (packet.Source.Index >= layer.Statistics.Highest || layer.Track.Kind is not MediaKind.Audio);

    private static void Switch(Slot slot, Layer layer, in SourcePacket source, MonotonicTime now)
    {
        var equivalent = EquivalentTimestamp(slot.Carried, layer, source.Timestamp);
        if (slot.Switch())
        {
            slot.Subscriber.NoteChanged(slot);
        }

        slot.Rewriter.SwitchTo(layer.Tag, source, now, equivalent);
    }

    // Layers of one track count from different beginnings; their sender reports tell how they belong together.
    private static uint? EquivalentTimestamp(Layer? from, Layer to, uint timestamp) =>
        from?.Track == to.Track
        && from.Statistics.LastSenderReport is { } old
        && to.Statistics.LastSenderReport is { } current
        && TimestampTranslation.TryTranslate(timestamp, current, old, to.Track.ClockRate, out var translated)
            ? translated
            : null;

    /// <summary>Packets of a layer that leave together.</summary>
    /// <param name="Layer">Whose.</param>
    /// <param name="First">The first one's place among those that wait.</param>
    /// <param name="Count">How many.</param>
    /// <param name="Longest">The longest payload, in bytes; 0 when there is only one.</param>
    private readonly record struct Departure(Layer Layer, int First, int Count, int Longest);
}
