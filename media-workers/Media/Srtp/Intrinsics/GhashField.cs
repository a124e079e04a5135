using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Element = System.Runtime.Intrinsics.Vector128<ulong>;

namespace EventMeet.Media.Srtp.Intrinsics;

/*  NIST SP 800-38D section 6.3 numbers the bits of a block from the left, so the bytes of each block are turned round
    when it is loaded and the field is GF(2^128) with x^128 + x^127 + x^126 + x^121 + 1 in the processor's own bit order.
    A product of two turned-round elements comes out shifted right by one bit; the powers of H are therefore kept
    multiplied by x, which shifts every product back.
*/

/// <summary>The field that GHASH multiplies in, with carry-less multiplication.</summary>
internal static unsafe class GhashField
{
    /// <summary>Powers of H that are kept, the highest first: blocks that one reduction serves.</summary>
    public const int Powers = 16;

    /// <summary>Bytes that the powers take.</summary>
    public const int PowersLength = Powers * 16;

    private const int BitsPerByte = 8;

    /// <summary>Turns the bytes of a block round.</summary>
    public static Vector128<byte> TurnBlock
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector128.Create((byte)15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    }

    /// <summary>Computes H^16 to H^1.</summary>
    /// <param name="hashKey">H: the encryption of the zero block.</param>
    /// <param name="powers">Room for <see cref="PowersLength"/> bytes.</param>
    public static void ExpandPowers(Vector128<byte> hashKey, Element* powers)
    {
        var first = TimesX(Ssse3.Shuffle(hashKey, TurnBlock).AsUInt64());
        var power = first;
        powers[Powers - 1] = first;
        for (var i = Powers - 2; i >= 0; i--)
        {
            power = Multiply(power, first);
            powers[i] = power;
        }
    }

    /// <summary>The block that ends what is hashed: both lengths in bits, already turned round.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Element Lengths(int associatedLength, int textLength) =>
        Vector128.Create((ulong)textLength * BitsPerByte, (ulong)associatedLength * BitsPerByte);

    /// <summary>Brings a 256-bit product, given as low, middle (to be added at bit 64) and high part, back to 128 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Element Reduce(Element low, Element middle, Element high)
    {
        // Montgomery's way: twice, cancel the lowest 64 bits with a multiple of the polynomial and drop them.
        var polynomial = Vector128.Create(1UL, 0xc200_0000_0000_0000UL);
        var multiple = Pclmulqdq.CarrylessMultiply(polynomial, low, 0x01);
        middle ^= SwapHalves(low) ^ multiple;
        multiple = Pclmulqdq.CarrylessMultiply(polynomial, middle, 0x01);
        return high ^ SwapHalves(middle) ^ multiple;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Element SwapHalves(Element value) => Sse2.Shuffle(value.AsUInt32(), 0x4e).AsUInt64();

    private static Element Multiply(Element left, Element right) =>
        Reduce(
            Pclmulqdq.CarrylessMultiply(left, right, 0x00),
            Pclmulqdq.CarrylessMultiply(left, right, 0x01) ^ Pclmulqdq.CarrylessMultiply(left, right, 0x10),
            Pclmulqdq.CarrylessMultiply(left, right, 0x11)
        );

    private static Element TimesX(Element value)
    {
        var (low, high) = (value[0], value[1]);
        var carry = 0UL - (high >> 63); // all ones or zero: no branch on a secret
        high = (high << 1) | (low >> 63);
        low <<= 1;
        return Vector128.Create(low ^ (carry & 1), high ^ (carry & 0xc200_0000_0000_0000UL));
    }
}
