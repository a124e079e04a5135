using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Element = System.Runtime.Intrinsics.Vector128<ulong>;
using Elements = System.Runtime.Intrinsics.Vector512<ulong>;

namespace EventMeet.Media.Srtp.Intrinsics;

/// <summary>GHASH (NIST SP 800-38D section 6.4) with VPCLMULQDQ: four blocks to a vector, sixteen to a reduction.</summary>
internal static unsafe class WideGhash
{
    /// <summary>Bytes that share a reduction.</summary>
    public const int StrideLength = 4 * VectorLength;

    private const int VectorLength = 64;

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
        var associatedBlocks = Blocks(associatedLength);
        var textBlocks = Blocks(textLength);
        if (associatedBlocks + textBlocks >= GhashField.Powers)
        {
            var sum = Absorb(powers, default, associated, associatedLength);
            sum = Absorb(powers, sum, text, textLength & -StrideLength);
            return Finish(powers, sum, associatedLength, text, textLength);
        }

        // All of an audio packet shares one reduction.
        Elements low = default;
        Elements middle = default;
        Elements high = default;
        var power = powers + (GhashField.Powers - 1 - associatedBlocks - textBlocks);
        AccumulatePart(power, default, associated, associatedLength, ref low, ref middle, ref high);
        AccumulatePart(power + associatedBlocks, default, text, textLength, ref low, ref middle, ref high);
        var lengths = GhashField.Lengths(associatedLength, textLength);
        Accumulate(Widen(lengths), Widen(powers[15]), ref low, ref middle, ref high);
        return Ssse3.Shuffle(Reduce(low, middle, high).AsByte(), GhashField.TurnBlock);
    }

    /// <summary>As <see cref="Compute"/>, for a packet of which only the end is left.</summary>
    /// <param name="powers">As there.</param>
    /// <param name="sum">The sum over the associated data and all whole strides of the text.</param>
    /// <param name="associatedLength">Bytes.</param>
    /// <param name="text">All of the ciphertext.</param>
    /// <param name="textLength">Bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Finish(Element* powers, Element sum, int associatedLength, byte* text, int textLength)
    {
        var lengths = GhashField.Lengths(associatedLength, textLength);
        text += textLength & -StrideLength;
        textLength &= StrideLength - 1;
        if (Blocks(textLength) == GhashField.Powers)
        {
            // Too many for the lengths to share their reduction.
            sum = Absorb(powers, sum, text, textLength);
            textLength = 0;
        }

        Elements low = default;
        Elements middle = default;
        Elements high = default;
        if (textLength > 0)
        {
            var power = powers + (GhashField.Powers - 1 - Blocks(textLength));
            AccumulatePart(power, sum, text, textLength, ref low, ref middle, ref high);
            sum = default;
        }

        Accumulate(Widen(sum ^ lengths), Widen(powers[15]), ref low, ref middle, ref high);
        return Ssse3.Shuffle(Reduce(low, middle, high).AsByte(), GhashField.TurnBlock);
    }

    /// <summary>Adds data to a sum; a last block that is not full counts as filled with zeros.</summary>
    /// <param name="powers">As above.</param>
    /// <param name="sum">Over what comes before.</param>
    /// <param name="data">Not read beyond its length.</param>
    /// <param name="length">Bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Element Absorb(Element* powers, Element sum, byte* data, int length)
    {
        for (; length >= StrideLength; data += StrideLength, length -= StrideLength)
        {
            sum = AbsorbStride(powers, sum, data);
        }

        if (length > 0)
        {
            Elements low = default;
            Elements middle = default;
            Elements high = default;
            var power = powers + (GhashField.Powers - Blocks(length));
            AccumulatePart(power, sum, data, length, ref low, ref middle, ref high);
            sum = Reduce(low, middle, high);
        }

        return sum;
    }

    /// <summary>As <see cref="Absorb"/>, for <see cref="StrideLength"/> bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Element AbsorbStride(Element* powers, Element sum, byte* data)
    {
        Elements low = default;
        Elements middle = default;
        Elements high = default;
        var power = (ulong*)powers;
        Accumulate(Load(data) ^ Widen(sum), Vector512.Load(power), ref low, ref middle, ref high);
        Accumulate(Load(data + 64), Vector512.Load(power + 8), ref low, ref middle, ref high);
        Accumulate(Load(data + 128), Vector512.Load(power + 16), ref low, ref middle, ref high);
        Accumulate(Load(data + 192), Vector512.Load(power + 24), ref low, ref middle, ref high);
        return Reduce(low, middle, high);
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
    private static Element Reduce(Elements low, Elements middle, Elements high) =>
        GhashField.Reduce(Fold(low), Fold(middle), Fold(high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Element Fold(Elements value)
    {
        var half = value.GetLower() ^ value.GetUpper();
        return half.GetLower() ^ half.GetUpper();
    }
}
