using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Element = System.Runtime.Intrinsics.Vector128<ulong>;

namespace EventMeet.Media.Srtp.Intrinsics;

/// <summary>GHASH (NIST SP 800-38D section 6.4) with PCLMULQDQ, eight blocks to a reduction.</summary>
internal static unsafe class NarrowGhash
{
    private const int BlockLength = 16; // bytes
    private const int StrideLength = 8 * BlockLength;

    /// <summary>The hash of associated data, text and their lengths, as it stands in a block.</summary>
    /// <param name="powers">What <see cref="GhashField.ExpandPowers"/> made.</param>
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
        var sum = Absorb(powers, default, associated, associatedLength);
        sum = Absorb(powers, sum, text, textLength);
        Element low = default;
        Element middle = default;
        Element high = default;
        var lengths = GhashField.Lengths(associatedLength, textLength);
        Accumulate(sum ^ lengths, powers[15], ref low, ref middle, ref high);
        return Ssse3.Shuffle(GhashField.Reduce(low, middle, high).AsByte(), GhashField.TurnBlock);
    }

    // A last block that is not full counts as filled with zeros.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Element Absorb(Element* powers, Element sum, byte* data, int length)
    {
        for (; length >= StrideLength; data += StrideLength, length -= StrideLength)
        {
            Element low = default;
            Element middle = default;
            Element high = default;
            Accumulate(Load(data) ^ sum, powers[8], ref low, ref middle, ref high);
            Accumulate(Load(data + 16), powers[9], ref low, ref middle, ref high);
            Accumulate(Load(data + 32), powers[10], ref low, ref middle, ref high);
            Accumulate(Load(data + 48), powers[11], ref low, ref middle, ref high);
            Accumulate(Load(data + 64), powers[12], ref low, ref middle, ref high);
            Accumulate(Load(data + 80), powers[13], ref low, ref middle, ref high);
            Accumulate(Load(data + 96), powers[14], ref low, ref middle, ref high);
            Accumulate(Load(data + 112), powers[15], ref low, ref middle, ref high);
            sum = GhashField.Reduce(low, middle, high);
        }

        return length > 0 ? AbsorbPart(powers, sum, data, length) : sum;
    }

    // Less than a stride.
    private static Element AbsorbPart(Element* powers, Element sum, byte* data, int length)
    {
        var power = powers + (GhashField.Powers - ((length + BlockLength - 1) / BlockLength));
        Element low = default;
        Element middle = default;
        Element high = default;
        for (; length >= BlockLength; power++, data += BlockLength, length -= BlockLength)
        {
            Accumulate(Load(data) ^ sum, *power, ref low, ref middle, ref high);
            sum = default;
        }

        if (length > 0)
        {
            var block = Vector128<byte>.Zero;
            Unsafe.CopyBlockUnaligned(&block, data, (uint)length);
            Accumulate(Load((byte*)&block) ^ sum, *power, ref low, ref middle, ref high);
        }

        return GhashField.Reduce(low, middle, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(Element data, Element power, ref Element low, ref Element middle, ref Element high)
    {
        low ^= Pclmulqdq.CarrylessMultiply(data, power, 0x00);
        high ^= Pclmulqdq.CarrylessMultiply(data, power, 0x11);
        middle ^= Pclmulqdq.CarrylessMultiply(data, power, 0x01) ^ Pclmulqdq.CarrylessMultiply(data, power, 0x10);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Element Load(byte* data) => Ssse3.Shuffle(Vector128.Load(data), GhashField.TurnBlock).AsUInt64();
}
