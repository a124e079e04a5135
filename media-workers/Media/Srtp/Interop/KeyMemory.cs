using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;

namespace EventMeet.Media.Srtp.Interop;

/// <summary>
/// Memory for expanded keys: outside the garbage collected heap, so that no copy of a key stays behind when objects
/// move, aligned to a cache line, so that a 512-bit load touches one, and wiped before it is freed.
/// </summary>
internal sealed unsafe class KeyMemory : SafeHandle
{
    private const int CacheLine = 64; // bytes

    private readonly int _length;

    public KeyMemory(int length)
        : base(0, ownsHandle: true)
    {
        _length = length;
        SetHandle((nint)NativeMemory.AlignedAlloc((nuint)length, CacheLine));
        NativeMemory.Clear(Pointer, (nuint)length);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Where it begins; null once disposed.</summary>
    public byte* Pointer => IsClosed ? null : (byte*)handle;

    /// <summary>Asks for a key's cache lines without waiting for them. It does no harm if the memory has been freed: a prefetch never faults.</summary>
    /// <param name="key">Where it begins.</param>
    /// <param name="length">Bytes.</param>
    public static void Prefetch(byte* key, int length)
    {
        for (var line = 0; Sse.IsSupported && line < length; line += CacheLine)
        {
            Sse.Prefetch0(key + line);
        }
    }

    protected override bool ReleaseHandle()
    {
        CryptographicOperations.ZeroMemory(new Span<byte>((void*)handle, _length));
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
