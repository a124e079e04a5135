using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Block = System.Runtime.Intrinsics.Vector128<byte>;
using Element = System.Runtime.Intrinsics.Vector128<ulong>;

namespace EventMeet.Media.Srtp.Intrinsics;

/// <summary>AES-128 with AES-NI (FIPS 197): key expansion, one block, and counter mode with eight blocks in flight.</summary>
/// <remarks>
/// An AES round takes four cycles and one can begin every half cycle or so, so eight independent blocks keep the unit busy.
/// A 512-bit carry-less multiplication takes two cycles by itself but half a cycle among AES rounds: so GHASH comes along.
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

    private const int MiddleRoundKey = 5 * BlockLength;
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

    /// <summary>
    /// Adds the key stream to a text of which a part is already in place. That part, rounded up to a stride, is completed
    /// by a copy; all after it is read where it lies.
    /// </summary>
    /// <param name="roundKeys">The expanded key.</param>
    /// <param name="counter">The first counter block, as encrypted; its last 32 bits count.</param>
    /// <param name="text">Room for all of it; nothing beyond is read or written.</param>
    /// <param name="prefixLength">Bytes that are in place.</param>
    /// <param name="rest">What follows them; does not overlap the text.</param>
    /// <param name="restLength">Bytes.</param>
    /// <param name="wide">Does the processor mask 512-bit stores?</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining), SkipLocalsInit]
    public static void ApplyKeyStream(
        byte* roundKeys,
        Block counter,
        byte* text,
        int prefixLength,
        byte* rest,
        int restLength,
        bool wide
    ) => Apply(roundKeys, counter, text, prefixLength, rest, restLength, wide, null, default);

    /// <summary>
    /// As <see cref="ApplyKeyStream"/> on a processor that masks 512-bit stores, and hashes what it has written while it
    /// encrypts what follows.
    /// </summary>
    /// <param name="roundKeys">The expanded key.</param>
    /// <param name="counter">The first counter block, as encrypted.</param>
    /// <param name="text">Room for all of it; nothing beyond is read or written.</param>
    /// <param name="prefixLength">Bytes that are in place.</param>
    /// <param name="rest">What follows them; does not overlap the text.</param>
    /// <param name="restLength">Bytes.</param>
    /// <param name="powers">What <see cref="WideGhash"/> multiplies with.</param>
    /// <param name="sum">Its sum over what precedes the text.</param>
    /// <returns>The sum over that and over all whole strides of <see cref="WideGhash"/> in the text.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static Element ApplyKeyStreamAndHash(
        byte* roundKeys,
        Block counter,
        byte* text,
        int prefixLength,
        byte* rest,
        int restLength,
        Element* powers,
        Element sum
    ) => Apply(roundKeys, counter, text, prefixLength, rest, restLength, true, powers, sum);

    // Inlined into both, so that nothing of the hash is left where there are no powers.
    [MethodImpl(MethodImplOptions.AggressiveInlining), SkipLocalsInit]
    private static Element Apply(
        byte* roundKeys,
        Block counter,
        byte* text,
        int prefixLength,
        byte* rest,
        int restLength,
        bool wide,
        Element* powers,
        Element sum
    )
    {
        var length = prefixLength + restLength;
        var inPlace = Math.Min((prefixLength + StrideLength - 1) & -StrideLength, length);
        var source = inPlace > 0 ? text : rest;
        var restFrom = text + inPlace;
        if (inPlace > prefixLength)
        {
            Unsafe.CopyBlockUnaligned(text + prefixLength, rest, (uint)(inPlace - prefixLength));
            rest += inPlace - prefixLength;
        }

        var hashed = text;
        var turn = TurnCounter;
        var next = Ssse3.Shuffle(counter, turn).AsUInt32();
        var one = Vector128.Create(0u, 0, 0, 1); // just one: AES takes its operands from 16 of the 32 registers only
        var last = Vector128.Load(roundKeys + LastRoundKey);
        while (length > 0)
        {
            var key = Vector128.Load(roundKeys);
            var b0 = Ssse3.Shuffle(next.AsByte(), turn) ^ key;
            next += one;
            var b1 = Ssse3.Shuffle(next.AsByte(), turn) ^ key;
            next += one;
            var b2 = Ssse3.Shuffle(next.AsByte(), turn) ^ key;
            next += one;
            var b3 = Ssse3.Shuffle(next.AsByte(), turn) ^ key;
            next += one;
            var b4 = Ssse3.Shuffle(next.AsByte(), turn) ^ key;
            next += one;
            var b5 = Ssse3.Shuffle(next.AsByte(), turn) ^ key;
            next += one;
            var b6 = Ssse3.Shuffle(next.AsByte(), turn) ^ key;
            next += one;
            var b7 = Ssse3.Shuffle(next.AsByte(), turn) ^ key;
            next += one;
            for (int round = BlockLength, end = MiddleRoundKey; round < LastRoundKey; end = LastRoundKey)
            {
                for (; round < end; round += BlockLength)
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

                // In the middle of the rounds: what the last stride wrote can be read by now.
                if (powers != null && text - hashed >= WideGhash.StrideLength)
                {
                    sum = WideGhash.AbsorbStride(powers, sum, hashed);
                    hashed += WideGhash.StrideLength;
                }
            }

            if (length >= StrideLength)
            {
                // The last round ends with adding its key, so the text can be added to that key beforehand.
                Aes.EncryptLast(b0, last ^ Vector128.Load(source)).Store(text);
                Aes.EncryptLast(b1, last ^ Vector128.Load(source + 16)).Store(text + 16);
                Aes.EncryptLast(b2, last ^ Vector128.Load(source + 32)).Store(text + 32);
                Aes.EncryptLast(b3, last ^ Vector128.Load(source + 48)).Store(text + 48);
                Aes.EncryptLast(b4, last ^ Vector128.Load(source + 64)).Store(text + 64);
                Aes.EncryptLast(b5, last ^ Vector128.Load(source + 80)).Store(text + 80);
                Aes.EncryptLast(b6, last ^ Vector128.Load(source + 96)).Store(text + 96);
                Aes.EncryptLast(b7, last ^ Vector128.Load(source + 112)).Store(text + 112);
                text += StrideLength;
                source = text == restFrom ? rest : source + StrideLength;
                length -= StrideLength;
                continue;
            }

            b0 = Aes.EncryptLast(b0, last);
            b1 = Aes.EncryptLast(b1, last);
            b2 = Aes.EncryptLast(b2, last);
            b3 = Aes.EncryptLast(b3, last);
            b4 = Aes.EncryptLast(b4, last);
            b5 = Aes.EncryptLast(b5, last);
            b6 = Aes.EncryptLast(b6, last);
            b7 = Aes.EncryptLast(b7, last);
            if (wide)
            {
                AddPart(WideVectors.Join(b0, b1, b2, b3), source, text, length);
                AddPart(WideVectors.Join(b4, b5, b6, b7), source + 64, text + 64, Math.Max(length - 64, 0));
                return sum;
            }

            Unsafe.SkipInit(out Stride buffer); // a method with stackalloc is not inlined
            var stream = (byte*)&buffer;
            b0.Store(stream);
            b1.Store(stream + 16);
            b2.Store(stream + 32);
            b3.Store(stream + 48);
            b4.Store(stream + 64);
            b5.Store(stream + 80);
            b6.Store(stream + 96);
            b7.Store(stream + 112);
            AddPart(stream, source, text, length);
            return sum;
        }

        // Only a text that ends with a full stride of AES can leave one of the hash.
        return powers != null && text - hashed >= WideGhash.StrideLength
            ? WideGhash.AbsorbStride(powers, sum, hashed)
            : sum;
    }

    private static Block NextRoundKey(Block previous, Block assist, byte* destination)
    {
        previous ^= Sse2.ShiftLeftLogical128BitLane(previous, 4);
        previous ^= Sse2.ShiftLeftLogical128BitLane(previous, 8);
        previous ^= Sse2.Shuffle(assist.AsUInt32(), 0xff).AsByte();
        previous.Store(destination);
        return previous;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddPart(Vector512<byte> stream, byte* source, byte* destination, int length)
    {
        var mask = WideVectors.FirstBytes(length);
        var text = Avx512BW.MaskLoad(source, mask, Vector512<byte>.Zero);
        Avx512BW.MaskStore(destination, mask, text ^ stream);
    }

    private static void AddPart(byte* stream, byte* source, byte* destination, int length)
    {
        for (; length >= BlockLength; length -= BlockLength, stream += 16, source += 16, destination += 16)
        {
            (Vector128.Load(stream) ^ Vector128.Load(source)).Store(destination);
        }

        for (var i = 0; i < length; i++)
        {
            destination[i] = (byte)(stream[i] ^ source[i]);
        }
    }

    [InlineArray(StrideLength)]
    private struct Stride
    {
        private byte _first;
    }
}
