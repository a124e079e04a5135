using System.Numerics;
using EventMeet.Media.Values;

namespace EventMeet.Media.Feedback;

/// <summary>
/// The last plaintext packets of one track layer: what slots are sent from, now and when they ask again. A ring of
/// bytes of fixed size: small packets are kept longer than large ones. The oldest makes room for the newest. Behind each
/// packet are zeros, which padding for its subscribers may use.
/// </summary>
internal sealed class PacketCache
{
    // What a datagram can carry on any path that we serve.
    private const int MaxPacketLength = 1500;

    private readonly byte[] _ring;
    private readonly Entry[] _entries;
    private readonly int _slack;
    private long _written;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="byteCapacity">How many bytes are kept; at least one packet of 1500 and the zeros behind it.</param>
    /// <param name="packetCapacity">How many packets are kept at most; a power of two.</param>
    /// <param name="slack">Zeros behind each packet, in bytes.</param>
    public PacketCache(int byteCapacity, int packetCapacity, int slack = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slack);
        ArgumentOutOfRangeException.ThrowIfLessThan(byteCapacity, MaxPacketLength + slack);
        ArgumentOutOfRangeException.ThrowIfNotEqual(BitOperations.IsPow2(packetCapacity), true, nameof(packetCapacity));
        // Pinned, so that native code may read packets where they are.
        _ring = GC.AllocateUninitializedArray<byte>(byteCapacity, pinned: true);
        _entries = new Entry[packetCapacity];
        _slack = slack;
    }

    /// <summary>Gets the whole ring; <see cref="TryLocate"/> says where in it a packet is.</summary>
    public byte[] Ring => _ring;

    /// <summary>About 1.5 s of one video layer at 2.5 Mbit/s: 512 KiB, 1024 packets.</summary>
    /// <param name="slack">Zeros behind each packet, in bytes.</param>
    public static PacketCache ForVideo(int slack = 0) => new(512 * 1024, 1024, slack);

    /// <summary>More than a second of audio: 32 KiB, 128 packets.</summary>
    public static PacketCache ForAudio() => new(32 * 1024, 128);

    /// <summary>Keeps a copy of a packet; one that is longer than 1500 bytes is not kept.</summary>
    /// <param name="index">Its unwrapped sequence number; a second packet of the same index takes the first one's place.</param>
    /// <param name="packet">Header and payload, decrypted.</param>
    /// <returns>The copy; valid until the ring comes round. Empty when it was not kept.</returns>
    public Span<byte> Store(PacketIndex index, ReadOnlySpan<byte> packet)
    {
        ref var entry = ref _entries[index.Value & (_entries.Length - 1)];
        // A straggler must not push out a newer packet whose place is the same.
        if (packet.Length > MaxPacketLength || (entry.Length != 0 && entry.Index > index.Value))
        {
            return default;
        }

        // A packet lies in one piece: what is left of the ring's end is skipped.
        var length = packet.Length + _slack;
        var offset = (int)(_written % _ring.Length);
        if (offset + length > _ring.Length)
        {
            _written += _ring.Length - offset;
            offset = 0;
        }

        packet.CopyTo(_ring.AsSpan(offset));
        _ring.AsSpan(offset + packet.Length, _slack).Clear();
        entry = new(index.Value, _written, packet.Length);
        _written += length;
        return _ring.AsSpan(offset, packet.Length);
    }

    /// <summary>Finds a packet's place in <see cref="Ring"/>, valid until the next <see cref="Store"/>.</summary>
    /// <param name="index">Its unwrapped sequence number.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">Of header and payload, in bytes; zeros follow.</param>
    public bool TryLocate(PacketIndex index, out int offset, out int length)
    {
        ref readonly var entry = ref _entries[index.Value & (_entries.Length - 1)];
        var found = entry.Length != 0 && entry.Index == index.Value && _written - entry.Position <= _ring.Length;
        offset = found ? (int)(entry.Position % _ring.Length) : 0;
        length = found ? entry.Length : 0;
        return found;
    }

    /// <summary>Where one packet lies. Positions count all bytes ever written, so an overwritten packet shows by its age.</summary>
    private readonly record struct Entry(long Index, long Position, int Length);
}
