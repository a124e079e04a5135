using System.Buffers;
using System.Runtime.InteropServices;
using EventMeet.Media.Values;

namespace EventMeet.Recorder.Depacketization;

/// <summary>
/// Puts the packets of one SSRC in order. What is in order goes straight through; behind a hole, packets are kept until the
/// hole is filled (reordering, retransmission), or is as old as the buffer is deep and its packets are lost. A
/// recording is in no hurry, so it is deep. Numbers come in as they are on the wire and may start anew.
/// </summary>
/// <param name="depth">How long a missing packet is waited for.</param>
internal sealed class JitterBuffer(TimeSpan depth)
{
    // Packets, a power of two: 2 s at 10 Mbit/s in packets of 1200 bytes. A hole with more behind it is given up early.
    private const int Capacity = 2048;

    // A number that is this far behind belongs to a source that counts anew, if the next one agrees (RFC 3550 appendix A.1).
    private const int RestartDistance = 3000;

    private readonly Slot[] _slots = new Slot[Capacity];
    private bool _started;
    private long _next;
    private long _newest;
    private int _kept;
    private bool _isFrozen;
    private int _expectedRestart = -1;

    /// <summary>Gets how many packets were given up.</summary>
    public long LostCount { get; private set; }

    /// <summary>Gets how many came twice, or after they were given up.</summary>
    public long LateCount { get; private set; }

    /// <summary>Gets when the oldest hole is given up.</summary>
    public MonotonicTime NextTimeout =>
        _kept == 0 ? MonotonicTime.Never : _slots[FirstKept() & (Capacity - 1)].Arrival + depth;

    /// <summary>Gets a value indicating whether a missing packet is waited for.</summary>
    public bool IsWaiting => _kept > 0;

    /// <summary>From here on only missing packets are taken, none that is newer than the newest.</summary>
    public void Freeze() => _isFrozen = true;

    /// <summary>Takes a packet.</summary>
    /// <param name="packet">Its payload is copied if it has to be kept.</param>
    /// <param name="consumer">Gets everything that is in order now.</param>
    public void HandlePacket(in OrderedPacket packet, IPacketConsumer consumer)
    {
        var index = Unwrap(packet.SequenceNumber, consumer);
        if (index < _next)
        {
            LateCount++;
            return;
        }

        if (_isFrozen && index > _newest)
        {
            return;
        }

        _newest = Math.Max(_newest, index);
        while (index - _next >= Capacity)
        {
            GiveUpOldestHole(index, consumer);
        }

        if (index == _next)
        {
            consumer.HandlePacket(packet);
            _next++;
            PassOn(consumer);
            return;
        }

        ref var slot = ref _slots[index & (Capacity - 1)];
        if (slot.Payload is not null)
        {
            LateCount++;
            return;
        }

        slot = Slot.Keep(packet);
        _kept++;
    }

    /// <summary>Gives up the holes that are too old.</summary>
    public void Advance(MonotonicTime now, IPacketConsumer consumer)
    {
        while (NextTimeout <= now)
        {
            GiveUpOldestHole(_newest, consumer);
        }
    }

    /// <summary>Passes everything on that is kept; no more packets come.</summary>
    public void Finish(IPacketConsumer consumer)
    {
        while (_kept > 0)
        {
            GiveUpOldestHole(_newest, consumer);
        }
    }

    private long Unwrap(SequenceNumber number, IPacketConsumer consumer)
    {
        if (!_started)
        {
            _started = true;
            // Room below, so that what was overtaken by the first packet is late and not negative.
            _next = _newest = 0x10000 + number.Value;
            return _next;
        }

        var index = _newest + (short)(number.Value - (ushort)_newest);
        if (index > _newest - RestartDistance && index < _next + 0x7000)
        {
            _expectedRestart = -1;
            return index;
        }

        if (number.Value != _expectedRestart)
        {
            _expectedRestart = (ushort)(number.Value + 1);
            // Not believed yet.
            return long.MinValue;
        }

        Finish(consumer);
        consumer.HandleLoss(0);
        _expectedRestart = -1;
        _next = _newest = (((_newest >> 16) + 1) << 16) + number.Value;
        return _next;
    }

    /// <summary>Moves to the first packet that is kept, or to <paramref name="otherwise"/> when there is none.</summary>
    private void GiveUpOldestHole(long otherwise, IPacketConsumer consumer)
    {
        var first = _kept > 0 ? FirstKept() : otherwise;
        LostCount += first - _next;
        consumer.HandleLoss((int)(first - _next));
        _next = first;
        PassOn(consumer);
    }

    private void PassOn(IPacketConsumer consumer)
    {
        while (_kept > 0)
        {
            ref var slot = ref _slots[_next & (Capacity - 1)];
            if (slot.Payload is not { } payload)
            {
                return;
            }

            consumer.HandlePacket(slot.View());
            ArrayPool<byte>.Shared.Return(payload);
            slot = default;
            _kept--;
            _next++;
        }
    }

    private long FirstKept()
    {
        var index = _next;
        while (_slots[index & (Capacity - 1)].Payload is null)
        {
            index++;
        }

        return index;
    }

    /// <summary>A packet that waits.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Slot(
        byte[]? Payload,
        int Length,
        SequenceNumber SequenceNumber,
        uint Timestamp,
        bool Marker,
        MonotonicTime Arrival
    )
    {
        public static Slot Keep(in OrderedPacket packet)
        {
            var copy = ArrayPool<byte>.Shared.Rent(Math.Max(packet.Payload.Length, 1));
            packet.Payload.CopyTo(copy);
            return new(
                copy,
                packet.Payload.Length,
                packet.SequenceNumber,
                packet.Timestamp,
                packet.Marker,
                packet.Arrival
            );
        }

        public OrderedPacket View() => new(SequenceNumber, Timestamp, Marker, Payload.AsSpan(0, Length), Arrival);
    }
}
