using System.Runtime.CompilerServices;
using EventMeet.Media.Values;

namespace EventMeet.Media.Congestion;

/// <summary>
/// The packets that left last, by transport-wide number. As long as need be and no longer: it grows when feedback speaks of a
/// packet that is forgotten.
/// </summary>
internal sealed class SentPackets
{
    /// <summary>Packets that are remembered at first: two seconds of audio, or 400 ms of 300 packets a second.</summary>
    public const int SmallestCapacity = 128;

    /// <summary>Packets that are remembered at most: 64 KiB. A second at 80 Mbit/s.</summary>
    public const int LargestCapacity = 8192;

    private SentPacket[] _packets = [];
    private bool _isTooShort;

    /// <summary>Gets the index of the packet that leaves next; its low 16 bits are its number.</summary>
    public long Next { get; private set; }

    /// <summary>Gets how many packets can be remembered; zero before the first.</summary>
    public int Capacity => _packets.Length;

    /// <summary>Notes a packet that leaves.</summary>
    /// <param name="length">Bytes on the wire; more than 65535 count as 65535.</param>
    /// <param name="now">When.</param>
    /// <returns>Its transport-wide number.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ushort Add(int length, MonotonicTime now)
    {
        var packets = _packets.Length > 0 ? _packets : _packets = new SentPacket[SmallestCapacity];
        var slot = (int)Next & (packets.Length - 1);
        packets[slot] = new()
        {
            SentAt = (uint)now.Microseconds,
            Length = (ushort)Math.Min(length, ushort.MaxValue),
            State = SentPacketState.Pending,
        };
        return (ushort)Next++;
    }

    /// <summary>Finds a packet by its number: the newest one that has it.</summary>
    /// <param name="number">As feedback says it; may never have been sent.</param>
    /// <param name="index">The packet's; take it with <see cref="At"/>.</param>
    /// <returns>False when it was never sent or is forgotten.</returns>
    public bool TryFind(ushort number, out long index)
    {
        var age = (ushort)(Next - 1 - number);
        index = Next - 1 - age;
        _isTooShort |= index >= 0 && age >= _packets.Length && age < LargestCapacity;
        return age < _packets.Length && At(index).State != SentPacketState.None;
    }

    /// <summary>A packet that is still remembered.</summary>
    public ref SentPacket At(long index) => ref _packets[(int)index & (_packets.Length - 1)];

    /// <summary>Bytes that left from one packet on, as far as they are remembered.</summary>
    public int BytesSince(long index)
    {
        var bytes = 0;
        for (index = Math.Max(index, Next - _packets.Length); index < Next; index++)
        {
            bytes += At(index).Length;
        }

        return bytes;
    }

    /// <summary>Doubles the history if feedback has spoken of a packet that was forgotten. Once for each feedback, so never for every packet that leaves.</summary>
    public void GrowIfTooShort()
    {
        if (!_isTooShort)
        {
            return;
        }

        _isTooShort = false;
        if (_packets.Length is 0 or LargestCapacity)
        {
            return;
        }

        var larger = new SentPacket[_packets.Length * 2];
        for (var index = Math.Max(0, Next - _packets.Length); index < Next; index++)
        {
            larger[(int)index & (larger.Length - 1)] = At(index);
        }

        _packets = larger;
    }
}
