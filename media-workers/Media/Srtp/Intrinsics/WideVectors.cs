using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EventMeet.Media.Srtp.Intrinsics;

/// <summary>512-bit vectors of which a part is used, or that are made of parts.</summary>
internal static class WideVectors
{
    /// <summary>Selects the first bytes of a vector; all of them when there are 64 or more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> FirstBytes(int count) =>
        count >= Vector512<byte>.Count
            ? Vector512<byte>.AllBitsSet
            : Vector512.LessThan(Vector512<byte>.Indices, Vector512.Create((byte)count));

    /// <summary>Four blocks side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Join(
        Vector128<byte> first,
        Vector128<byte> second,
        Vector128<byte> third,
        Vector128<byte> fourth
    ) => Vector512.Create(Vector256.Create(first, second), Vector256.Create(third, fourth));
}
