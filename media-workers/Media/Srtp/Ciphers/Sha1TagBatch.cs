using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EventMeet.Media.Srtp.Intrinsics;
using Words = System.Runtime.Intrinsics.Vector512<uint>;

namespace EventMeet.Media.Srtp.Ciphers;

/// <summary>
/// HMAC-SHA1 tags for the packets of a turn. A tag alone costs five times the packet's encryption; sixteen at once, of any
/// peers and lengths, a third of that each. Packets of like length next to each other gain most.
/// </summary>
/// <remarks>Packets lie in memory that does not move and stays, and no key is disposed, until the batch is completed.</remarks>
internal sealed unsafe class Sha1TagBatch(CipherTier tier)
{
    /// <summary>Packets that can wait.</summary>
    public const int Capacity = 64;

    // Sixteen lanes take as long as three packets alone, however many of them are used.
    private const int FewestForLanes = 4;

    private const int TailLength = 2 * Sha1Lanes.BlockLength; // what is left of a packet, trailer and padding
    private const int PaddingLength = 1 + sizeof(ulong); // FIPS 180-4 section 5.1.1: a one bit, the length in bits

    private readonly Entry[] _entries = new Entry[Capacity];
    private readonly bool _lanes = tier is CipherTier.Wide;

    /// <summary>Gets how many packets wait for their tags.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a packet; completes the batch first when it is full.</summary>
    /// <param name="key">The authentication key.</param>
    /// <param name="packet">What the tag covers, and room for the tag; pinned or native memory.</param>
    /// <param name="trailer">The word that it covers after those: the rollover counter.</param>
    public void Add(HmacSha1Key key, Span<byte> packet, uint trailer)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(packet.Length, HmacSha1Key.TagLength, nameof(packet));
        if (Count == Capacity)
        {
            Complete();
        }

        var bytes = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(packet));
        _entries[Count++] = new Entry(key, bytes, packet.Length - HmacSha1Key.TagLength, trailer);
    }

    /// <summary>Writes the tags of all packets that wait.</summary>
    public void Complete()
    {
        for (var first = 0; first < Count; first += Sha1Lanes.Count)
        {
            var entries = _entries.AsSpan(first, Math.Min(Sha1Lanes.Count, Count - first));
            if (_lanes && entries.Length >= FewestForLanes)
            {
                TagInLanes(entries);
            }
            else
            {
                TagOneByOne(entries);
            }
        }

        _entries.AsSpan(0, Count).Clear(); // keeps no key alive
        Count = 0;
    }

    private static void TagOneByOne(ReadOnlySpan<Entry> entries)
    {
        foreach (ref readonly var entry in entries)
        {
            entry.Key.Tag(new(entry.Packet, entry.Length), entry.Trailer, entry.Tag);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    private static void TagInLanes(ReadOnlySpan<Entry> entries)
    {
        var inner = stackalloc Words[Sha1Lanes.StateWords];
        var outer = stackalloc Words[Sha1Lanes.StateWords];
        var tails = stackalloc byte[TailLength * Sha1Lanes.Count];
        for (var lane = 0; lane < entries.Length; lane++)
        {
            ref readonly var entry = ref entries[lane];
            entry.Key.CopyStates((uint*)inner + lane, (uint*)outer + lane, Sha1Lanes.Count);
            WriteTail(entry, tails + (lane * TailLength));
        }

        HashInLanes(entries, tails, inner);

        const int OuterBits = (Sha1Lanes.BlockLength + HmacSha1Key.KeyLength) * 8; // a key block and a digest
        Sha1Lanes.AbsorbDigest(outer, inner, OuterBits);
        for (var lane = 0; lane < entries.Length; lane++)
        {
            var words = (uint*)outer + lane;
            var tag = entries[lane].Tag;
            BinaryPrimitives.WriteUInt32BigEndian(tag, words[0]);
            BinaryPrimitives.WriteUInt32BigEndian(tag[4..], words[Sha1Lanes.Count]);
            BinaryPrimitives.WriteUInt16BigEndian(tag[8..], (ushort)(words[2 * Sha1Lanes.Count] >> 16));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    private static void HashInLanes(ReadOnlySpan<Entry> entries, byte* tails, Words* inner)
    {
        var sources = stackalloc byte*[Sha1Lanes.Count];
        var active = Words.Zero;
        var turn = 0;
        var block = 0;
        do
        {
            turn = Aim(entries, tails, block, sources, (uint*)&active);
            for (; block < turn; block++)
            {
                Sha1Lanes.Absorb(inner, sources, block * Sha1Lanes.BlockLength, active);
            }
        } while (turn > 0);
    }

    // Where each lane reads from this block on: its packet, then its tail; when it has ended, where another lane does, and
    // in vain. Returns the block at which some lane turns to something else, or 0 when all have ended.
    private static int Aim(ReadOnlySpan<Entry> entries, byte* tails, int block, byte** sources, uint* active)
    {
        var turn = int.MaxValue;
        byte* source = null;
        for (var lane = 0; lane < entries.Length; lane++)
        {
            ref readonly var entry = ref entries[lane];
            active[lane] = block < entry.Blocks ? uint.MaxValue : 0;
            if (block < entry.Blocks)
            {
                var inPacket = block < entry.WholeBlocks;
                var tail = tails + (lane * TailLength) - (entry.WholeBlocks * Sha1Lanes.BlockLength);
                source = inPacket ? entry.Packet : tail;
                sources[lane] = source;
                turn = Math.Min(turn, inPacket ? entry.WholeBlocks : entry.Blocks);
            }
        }

        for (var lane = 0; lane < Sha1Lanes.Count; lane++)
        {
            if (lane >= entries.Length || active[lane] == 0)
            {
                sources[lane] = source;
            }
        }

        return source is null ? 0 : turn;
    }

    // | what is left of the packet | trailer (32) | 1 bit, zeros | bits of key block, packet and trailer (64) |
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteTail(in Entry entry, byte* memory)
    {
        var tail = new Span<byte>(memory, TailLength);
        var left = entry.Length - (entry.WholeBlocks * Sha1Lanes.BlockLength);
        var end = (entry.Blocks - entry.WholeBlocks) * Sha1Lanes.BlockLength;
        new ReadOnlySpan<byte>(entry.Packet + entry.Length - left, left).CopyTo(tail);
        tail[left..].Clear();
        BinaryPrimitives.WriteUInt32BigEndian(tail[left..], entry.Trailer);
        tail[left + sizeof(uint)] = 0x80;
        var bits = 8L * (Sha1Lanes.BlockLength + entry.Length + sizeof(uint));
        BinaryPrimitives.WriteInt64BigEndian(tail[(end - sizeof(ulong))..], bits);
    }

    private readonly struct Entry(HmacSha1Key key, byte* packet, int length, uint trailer)
    {
        public HmacSha1Key Key { get; } = key;

        public byte* Packet { get; } = packet;

        public int Length { get; } = length;

        public uint Trailer { get; } = trailer;

        public Span<byte> Tag => new(Packet + Length, HmacSha1Key.TagLength);

        public int WholeBlocks => Length / Sha1Lanes.BlockLength;

        public int Blocks =>
            (Length + sizeof(uint) + PaddingLength + Sha1Lanes.BlockLength - 1) / Sha1Lanes.BlockLength;
    }
}
