using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EventMeet.Media.Srtp;

/// <summary>Sixteen bytes in network order out of two numbers.</summary>
internal static class BigEndianBlock
{
    /// <summary>The block whose first eight bytes are <paramref name="upper"/>, its last eight <paramref name="lower"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Create(ulong upper, ulong lower) =>
        BitConverter.IsLittleEndian
            ? Vector128
                .Create(BinaryPrimitives.ReverseEndianness(upper), BinaryPrimitives.ReverseEndianness(lower))
                .AsByte()
            : Vector128.Create(upper, lower).AsByte();
}
