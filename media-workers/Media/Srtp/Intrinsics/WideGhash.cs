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

    /// <summary>Takes data in; a last block that is not full counts as filled with zeros.</summary>
    /// <param name="powers">
    /// What <see cref="GhashField.ExpandPowers"/> made, followed by at least 48 readable bytes: a vector that is not full
    /// multiplies its zeros with what stands there.
    /// </param>
    /// <param name="sum">The hash so far.</param>
    /// <param name="data">Not read beyond <paramref name="length"/>.</param>
    /// <param name="length">Bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Element Absorb(Element* powers, Element sum, byte* data, int length)
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
            AccumulateTail(powers + (16 - Blocks(length)), sum, data, length, ref low, ref middle, ref high);
            sum = GhashField.Reduce(Fold(low), Fold(middle), Fold(high));
        }

        return sum;
    }

    /// <summary>Takes the last data and the block of lengths in and gives the hash as it stands in a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Vector128<byte> Finish(Element* powers, Element sum, byte* data, int length, Element lengths)
    {
        // Up to fifteen blocks of data share the last reduction with the lengths.
        var before = length & -StrideLength;
        if (length - before > StrideLength - AesBlocks.BlockLength)
        {
            before = length;
        }

        sum = Absorb(powers, sum, data, before);
        length -= before;
        Elements low = default;
        Elements middle = default;
        Elements high = default;
        if (length > 0)
        {
            AccumulateTail(powers + (15 - Blocks(length)), sum, data + before, length, ref low, ref middle, ref high);
            sum = default;
        }

        Accumulate(Widen(sum ^ lengths), Widen(powers[15]), ref low, ref middle, ref high);
        var hash = GhashField.Reduce(Fold(low), Fold(middle), Fold(high));
        return Ssse3.Shuffle(hash.AsByte(), GhashField.TurnBlock);
    }

    private static int Blocks(int length) => (length + AesBlocks.BlockLength - 1) / AesBlocks.BlockLength;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AccumulateTail(
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
    private static Elements Turn(Vector512<byte> blocks) =>
        Avx512BW.Shuffle(blocks, Vector512.Create(Vector256.Create(GhashField.TurnBlock))).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Elements Widen(Element value) => value.ToVector256().ToVector512();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Element Fold(Elements value)
    {
        var half = value.GetLower() ^ value.GetUpper();
        return half.GetLower() ^ half.GetUpper();
    }
}
