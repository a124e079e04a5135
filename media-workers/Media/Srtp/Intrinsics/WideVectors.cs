using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EventMeet.Media.Srtp.Intrinsics;

/// <summary>Masks for 512-bit loads and stores that end within a vector.</summary>
internal static class WideVectors
{
    /// <summary>Selects the first bytes of a vector; all of them when there are 64 or more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> FirstBytes(int count) =>
        count >= Vector512<byte>.Count
            ? Vector512<byte>.AllBitsSet
            : Vector512.LessThan(Vector512<byte>.Indices, Vector512.Create((byte)count));
}
