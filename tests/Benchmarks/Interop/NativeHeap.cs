using System.Runtime.InteropServices;

namespace EventMeet.Benchmarks.Interop;

/// <summary>What the C library's allocator has given out: OpenSSL's memory, and keys.</summary>
internal static unsafe partial class NativeHeap
{
    /// <summary>Gets the bytes in use, of all arenas (mallinfo2(3)).</summary>
    public static long BytesInUse()
    {
        var info = ReadInfo();
        return (long)(info.Fields[UsedByArenas] + info.Fields[UsedByMaps]);
    }

    private const int UsedByMaps = 4; // hblkhd
    private const int UsedByArenas = 7; // uordblks

    [LibraryImport("libc", EntryPoint = "mallinfo2")]
    private static partial AllocatorInfo ReadInfo();

    [StructLayout(LayoutKind.Sequential)]
    private struct AllocatorInfo
    {
        public fixed ulong Fields[10];
    }
}
