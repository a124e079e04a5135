using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace EventMeet.Recorder.Composition.Running;

/// <summary>
/// Makes pipes hold whole pictures: a pipe of 64 KiB, Linux' default, wakes both sides twenty times for each frame.
/// </summary>
internal static partial class PipeRoom
{
    private const int SetPipeSize = 1031; // F_SETPIPE_SZ; fcntl(2)
    private const int Bytes = 1 << 20; // What everybody may ask for: /proc/sys/fs/pipe-max-size

    /// <summary>Enlarges a pipe, if the system has room for it; it works as well with less.</summary>
    public static void Enlarge(Stream pipe)
    {
        if (pipe is PipeStream { SafePipeHandle: var handle })
        {
            _ = Fcntl(handle, SetPipeSize, Bytes);
        }
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Fcntl(SafeHandle file, int command, int argument);
}
