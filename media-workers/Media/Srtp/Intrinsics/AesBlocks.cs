using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Block = System.Runtime.Intrinsics.Vector128<byte>;

namespace EventMeet.Media.Srtp.Intrinsics;

/// <summary>AES-128 with AES-NI (FIPS 197): key expansion, one block, and counter mode with eight blocks in flight.</summary>
/// <remarks>
/// An AES round takes four cycles and one can begin every half cycle or so, so eight independent blocks keep the unit busy.
/// The framework has no 256- or 512-bit AES yet; with it, a packet would take 60 ns less.
/// </remarks>
internal static unsafe class AesBlocks
{
    /// <summary>Bytes in an expanded key: eleven round keys.</summary>
    public const int RoundKeysLength = 11 * BlockLength;

    /// <summary>Bytes in a block.</summary>
    public const int BlockLength = 16;

    /// <summary>Bytes that are encrypted at once.</summary>
    public const int StrideLength = 8 * BlockLength;

    private const int LastRoundKey = 10 * BlockLength;

    // A counter is big-endian in its block; turned round, the last word can be added to.
    private static Block TurnCounter
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector128.Create((byte)0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15, 14, 13, 12);
    }

    /// <summary>Expands a key into <see cref="RoundKeysLength"/> bytes (FIPS 197 section 5.2).</summary>
    public static void ExpandKey(ReadOnlySpan<byte> key, byte* roundKeys)
    {
        var roundKey = Vector128.Create(key);
        roundKey.Store(roundKeys);
        roundKey = NextRoundKey(roundKey, Aes.KeygenAssist(roundKey, 0x01), roundKeys + 16);
        roundKey = NextRoundKey(roundKey, Aes.KeygenAssist(roundKey, 0x02), roundKeys + 32);
        roundKey = NextRoundKey(roundKey, Aes.KeygenAssist(roundKey, 0x04), roundKeys + 48);
        roundKey = NextRoundKey(roundKey, Aes.KeygenAssist(roundKey, 0x08), roundKeys + 64);
        roundKey = NextRoundKey(roundKey, Aes.KeygenAssist(roundKey, 0x10), roundKeys + 80);
        roundKey = NextRoundKey(roundKey, Aes.KeygenAssist(roundKey, 0x20), roundKeys + 96);
        roundKey = NextRoundKey(roundKey, Aes.KeygenAssist(roundKey, 0x40), roundKeys + 112);
        roundKey = NextRoundKey(roundKey, Aes.KeygenAssist(roundKey, 0x80), roundKeys + 128);
        roundKey = NextRoundKey(roundKey, Aes.KeygenAssist(roundKey, 0x1b), roundKeys + 144);
        _ = NextRoundKey(roundKey, Aes.KeygenAssist(roundKey, 0x36), roundKeys + LastRoundKey);
    }

    /// <summary>Encrypts one block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Block Encrypt(byte* roundKeys, Block block)
    {
        block ^= Vector128.Load(roundKeys);
        for (var round = BlockLength; round < LastRoundKey; round += BlockLength)
        {
            block = Aes.Encrypt(block, Vector128.Load(roundKeys + round));
        }

        return Aes.EncryptLast(block, Vector128.Load(roundKeys + LastRoundKey));
    }

    /// <summary>Moves a counter block on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Block Plus(Block counter, uint blocks) =>
        Ssse3.Shuffle((Ssse3.Shuffle(counter, TurnCounter).AsUInt32() + Blocks(blocks)).AsByte(), TurnCounter);

    /// <summary>
    /// Adds the key stream to a text of which a part is already in place: that part, rounded up to a stride so that the
    /// second run loses nothing, is completed by a copy.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ApplyKeyStream(
        byte* roundKeys,
        Block counter,
        Span<byte> text,
        int prefixLength,
        ReadOnlySpan<byte> rest,
        bool wide
    )
    {
        Debug.Assert(text.Length == prefixLength + rest.Length, "The text has room for exactly its parts.");
        var inPlace = 0;
        if (prefixLength > 0)
        {
            inPlace = Math.Min((prefixLength + StrideLength - 1) & -StrideLength, text.Length);
            rest[..(inPlace - prefixLength)].CopyTo(text[prefixLength..]);
        }

        fixed (
            byte* textBytes = text,
                restBytes = rest
        )
        {
            if (inPlace > 0)
            {
                ApplyKeyStream(roundKeys, counter, textBytes, textBytes, inPlace, wide);
            }

            if (inPlace < text.Length)
            {
                var moved = Plus(counter, (uint)(inPlace / BlockLength));
                var source = restBytes + (inPlace - prefixLength);
                ApplyKeyStream(roundKeys, moved, source, textBytes + inPlace, text.Length - inPlace, wide);
            }
        }
    }

    /// <summary>Adds the key stream to a text; source and destination are the same or do not overlap.</summary>
    /// <param name="roundKeys">The expanded key.</param>
    /// <param name="counter">The first counter block, as encrypted; its last 32 bits count.</param>
    /// <param name="source">Not read beyond <paramref name="length"/>.</param>
    /// <param name="destination">Not written beyond <paramref name="length"/>.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="wide">Does the processor mask 512-bit stores?</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void ApplyKeyStream(
        byte* roundKeys,
        Block counter,
        byte* source,
        byte* destination,
        int length,
        bool wide
    )
    {
        var turn = TurnCounter;
        var next = Ssse3.Shuffle(counter, turn).AsUInt32();
        var last = Vector128.Load(roundKeys + LastRoundKey);
        while (length > 0)
        {
            var key = Vector128.Load(roundKeys);
            var b0 = Ssse3.Shuffle(next.AsByte(), turn) ^ key;
            var b1 = Ssse3.Shuffle((next + Blocks(1)).AsByte(), turn) ^ key;
            var b2 = Ssse3.Shuffle((next + Blocks(2)).AsByte(), turn) ^ key;
            var b3 = Ssse3.Shuffle((next + Blocks(3)).AsByte(), turn) ^ key;
            var b4 = Ssse3.Shuffle((next + Blocks(4)).AsByte(), turn) ^ key;
            var b5 = Ssse3.Shuffle((next + Blocks(5)).AsByte(), turn) ^ key;
            var b6 = Ssse3.Shuffle((next + Blocks(6)).AsByte(), turn) ^ key;
            var b7 = Ssse3.Shuffle((next + Blocks(7)).AsByte(), turn) ^ key;
            next += Blocks(8);
            for (var round = BlockLength; round < LastRoundKey; round += BlockLength)
            {
                key = Vector128.Load(roundKeys + round);
                b0 = Aes.Encrypt(b0, key);
                b1 = Aes.Encrypt(b1, key);
                b2 = Aes.Encrypt(b2, key);
                b3 = Aes.Encrypt(b3, key);
                b4 = Aes.Encrypt(b4, key);
                b5 = Aes.Encrypt(b5, key);
                b6 = Aes.Encrypt(b6, key);
                b7 = Aes.Encrypt(b7, key);
            }

            if (length < StrideLength)
            {
                var stream = stackalloc byte[StrideLength];
                Aes.EncryptLast(b0, last).Store(stream);
                Aes.EncryptLast(b1, last).Store(stream + 16);
                Aes.EncryptLast(b2, last).Store(stream + 32);
                Aes.EncryptLast(b3, last).Store(stream + 48);
                Aes.EncryptLast(b4, last).Store(stream + 64);
                Aes.EncryptLast(b5, last).Store(stream + 80);
                Aes.EncryptLast(b6, last).Store(stream + 96);
                Aes.EncryptLast(b7, last).Store(stream + 112);
                AddTail(stream, source, destination, length, wide);
                return;
            }

            // The last round ends with adding its key, so the text can be added to that key beforehand.
            Aes.EncryptLast(b0, last ^ Vector128.Load(source)).Store(destination);
            Aes.EncryptLast(b1, last ^ Vector128.Load(source + 16)).Store(destination + 16);
            Aes.EncryptLast(b2, last ^ Vector128.Load(source + 32)).Store(destination + 32);
            Aes.EncryptLast(b3, last ^ Vector128.Load(source + 48)).Store(destination + 48);
            Aes.EncryptLast(b4, last ^ Vector128.Load(source + 64)).Store(destination + 64);
            Aes.EncryptLast(b5, last ^ Vector128.Load(source + 80)).Store(destination + 80);
            Aes.EncryptLast(b6, last ^ Vector128.Load(source + 96)).Store(destination + 96);
            Aes.EncryptLast(b7, last ^ Vector128.Load(source + 112)).Store(destination + 112);
            source += StrideLength;
            destination += StrideLength;
            length -= StrideLength;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Blocks(uint count) => Vector128.Create(0, 0, 0, count);

    private static Block NextRoundKey(Block previous, Block assist, byte* destination)
    {
        previous ^= Sse2.ShiftLeftLogical128BitLane(previous, 4);
        previous ^= Sse2.ShiftLeftLogical128BitLane(previous, 8);
        previous ^= Sse2.Shuffle(assist.AsUInt32(), 0xff).AsByte();
        previous.Store(destination);
        return previous;
    }

    // Less than a stride.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTail(byte* stream, byte* source, byte* destination, int length, bool wide)
    {
        if (wide)
        {
            for (; length > 0; length -= 64, stream += 64, source += 64, destination += 64)
            {
                var mask = WideVectors.FirstBytes(length);
                var text = Avx512BW.MaskLoad(source, mask, Vector512<byte>.Zero);
                Avx512BW.MaskStore(destination, mask, text ^ Vector512.Load(stream));
            }

            return;
        }

        for (; length >= BlockLength; length -= BlockLength, stream += 16, source += 16, destination += 16)
        {
            (Vector128.Load(stream) ^ Vector128.Load(source)).Store(destination);
        }

        for (var i = 0; i < length; i++)
        {
            destination[i] = (byte)(stream[i] ^ source[i]);
        }
    }
}
