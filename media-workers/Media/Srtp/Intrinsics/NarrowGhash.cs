using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Element = System.Runtime.Intrinsics.Vector128<ulong>;

namespace EventMeet.Media.Srtp.Intrinsics;

/// <summary>GHASH (NIST SP 800-38D section 6.4) with PCLMULQDQ, sixteen blocks to a reduction.</summary>
internal static unsafe class NarrowGhash
{
    private const int BlockLength = 16; // bytes

    /// <summary>Takes data in; a last block that is not full counts as filled with zeros.</summary>
    /// <param name="powers">What <see cref="GhashField.ExpandPowers"/> made.</param>
    /// <param name="sum">The hash so far.</param>
    /// <param name="data">Not read beyond <paramref name="length"/>.</param>
    /// <param name="length">Bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Element Absorb(Element* powers, Element sum, byte* data, int length)
    {
        while (length > 0)
        {
            var blocks = Math.Min((length + BlockLength - 1) / BlockLength, GhashField.Powers);
            var power = powers + (GhashField.Powers - blocks);
            Element low = default;
            Element middle = default;
            Element high = default;
            for (; blocks > 0; blocks--, power++, data += BlockLength, length -= BlockLength)
            {
                Accumulate(Load(data, length) ^ sum, *power, ref low, ref middle, ref high);
                sum = default;
            }

            sum = GhashField.Reduce(low, middle, high);
        }

        return sum;
    }

    /// <summary>Takes the block of lengths in and gives the hash as it stands in a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Vector128<byte> Finish(Element* powers, Element sum, Element lengths)
    {
        Element low = default;
        Element middle = default;
        Element high = default;
        Accumulate(sum ^ lengths, powers[GhashField.Powers - 1], ref low, ref middle, ref high);
        return Ssse3.Shuffle(GhashField.Reduce(low, middle, high).AsByte(), GhashField.TurnBlock);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(Element data, Element power, ref Element low, ref Element middle, ref Element high)
    {
        low ^= Pclmulqdq.CarrylessMultiply(data, power, 0x00);
        high ^= Pclmulqdq.CarrylessMultiply(data, power, 0x11);
        middle ^= Pclmulqdq.CarrylessMultiply(data, power, 0x01) ^ Pclmulqdq.CarrylessMultiply(data, power, 0x10);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Element Load(byte* data, int length) =>
        Ssse3
            .Shuffle(length >= BlockLength ? Vector128.Load(data) : LoadPart(data, length), GhashField.TurnBlock)
            .AsUInt64();

    private static Vector128<byte> LoadPart(byte* data, int length)
    {
        var block = Vector128<byte>.Zero;
        Unsafe.CopyBlockUnaligned(&block, data, (uint)length);
        return block;
    }
}
