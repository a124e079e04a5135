using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Element = System.Runtime.Intrinsics.Vector128<ulong>;
using Elements = System.Runtime.Intrinsics.Vector512<ulong>;

namespace EventMeet.Media.Srtp.Intrinsics;

/// <summary>GHASH (NIST SP 800-38D section 6.4) with VPCLMULQDQ: four blocks to a vector, sixteen to a reduction.</summary>
internal static unsafe class WideGhash
{
    private const int VectorLength = 64; // bytes
    private const int StrideLength = 4 * VectorLength;

    // Written out: made of its quarter, the JIT would put it together again at every use.
    // csharpier-ignore
    private static Vector512<byte> TurnBlocks
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(
            (byte)15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
            15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
            15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
            15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0
        );
    }

    /// <summary>The hash of associated data, text and their lengths, as it stands in a block.</summary>
    /// <param name="powers">
    /// What <see cref="GhashField.ExpandPowers"/> made, followed by at least 48 readable bytes: a vector that is not full
    /// multiplies its zeros with what stands there.
    /// </param>
    /// <param name="associated">What is not encrypted; not read beyond its length.</param>
    /// <param name="associatedLength">Bytes.</param>
    /// <param name="text">The ciphertext; not read beyond its length.</param>
    /// <param name="textLength">Bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Vector128<byte> Compute(
        Element* powers,
        byte* associated,
        int associatedLength,
        byte* text,
        int textLength
    )
    {
        var lengths = GhashField.Lengths(associatedLength, textLength);
        var associatedBlocks = Blocks(associatedLength);
        Elements low = default;
        Elements middle = default;
        Elements high = default;
        Element sum = default;
        if (associatedBlocks + Blocks(textLength) < GhashField.Powers)
        {
            // All of an audio packet shares one reduction.
            var first = powers + (15 - associatedBlocks - Blocks(textLength));
            AccumulatePart(first, default, associated, associatedLength, ref low, ref middle, ref high);
        }
        else
        {
            sum = Absorb(powers, default, associated, associatedLength);

            // The lengths share a reduction with up to fifteen blocks of text.
            var before = textLength & -StrideLength;
            before = Blocks(textLength - before) < GhashField.Powers ? before : textLength;
            sum = Absorb(powers, sum, text, before);
            text += before;
            textLength -= before;
        }

        if (textLength > 0)
        {
            AccumulatePart(powers + (15 - Blocks(textLength)), sum, text, textLength, ref low, ref middle, ref high);
            sum = default;
        }

        Accumulate(Widen(sum ^ lengths), Widen(powers[15]), ref low, ref middle, ref high);
        var hash = GhashField.Reduce(Fold(low), Fold(middle), Fold(high));
        return Ssse3.Shuffle(hash.AsByte(), GhashField.TurnBlock);
    }

    // A last block that is not full counts as filled with zeros.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Element Absorb(Element* powers, Element sum, byte* data, int length)
    {
        for (; length >= StrideLength; data += StrideLength, length -= StrideLength)
        {
            Elements low = default;
            Elements middle = default;
            Elements high = default;
            var power = (ulong*)powers;
            Accumulate(Load(data) ^ Widen(sum), Vector512.Load(power), ref low, ref middle, ref high);
            Accumulate(Load(data + 64), Vector512.Load(power + 8), ref low, ref middle, ref high);
            Accumulate(Load(data + 128), Vector512.Load(power + 16), ref low, ref middle, ref high);
            Accumulate(Load(data + 192), Vector512.Load(power + 24), ref low, ref middle, ref high);
            sum = GhashField.Reduce(Fold(low), Fold(middle), Fold(high));
        }

        if (length > 0)
        {
            Elements low = default;
            Elements middle = default;
            Elements high = default;
            AccumulatePart(powers + (16 - Blocks(length)), sum, data, length, ref low, ref middle, ref high);
            sum = GhashField.Reduce(Fold(low), Fold(middle), Fold(high));
        }

        return sum;
    }

    private static int Blocks(int length) => (length + AesBlocks.BlockLength - 1) / AesBlocks.BlockLength;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AccumulatePart(
        Element* power,
        Element sum,
        byte* data,
        int length,
        ref Elements low,
        ref Elements middle,
        ref Elements high
    )
    {
        var first = Widen(sum);
        for (; length > 0; data += VectorLength, length -= VectorLength, power += 4)
        {
            Accumulate(Load(data, length) ^ first, Vector512.Load((ulong*)power), ref low, ref middle, ref high);
            first = default;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(
        Elements data,
        Elements power,
        ref Elements low,
        ref Elements middle,
        ref Elements high
    )
    {
        const byte ExclusiveOr = 0x96; // of three
        var cross = Pclmulqdq.V512.CarrylessMultiply(data, power, 0x01);
        low ^= Pclmulqdq.V512.CarrylessMultiply(data, power, 0x00);
        high ^= Pclmulqdq.V512.CarrylessMultiply(data, power, 0x11);
        middle = Avx512F.TernaryLogic(middle, cross, Pclmulqdq.V512.CarrylessMultiply(data, power, 0x10), ExclusiveOr);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Elements Load(byte* data) => Turn(Vector512.Load(data));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Elements Load(byte* data, int length) =>
        Turn(Avx512BW.MaskLoad(data, WideVectors.FirstBytes(length), Vector512<byte>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Elements Turn(Vector512<byte> blocks) => Avx512BW.Shuffle(blocks, TurnBlocks).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Elements Widen(Element value) => value.ToVector256().ToVector512();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Element Fold(Elements value)
    {
        var half = value.GetLower() ^ value.GetUpper();
        return half.GetLower() ^ half.GetUpper();
    }
}
