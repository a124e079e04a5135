using System.Runtime.InteropServices;

namespace EventMeet.Broker.Durability.Interop;

/// <summary>fsync(2) on a directory, which .NET has no call for.</summary>
internal static partial class DirectorySync
{
    private const int ReadOnly = 0;

    /// <summary>Writes the directory's entries to disk. A file system that cannot is left as it is.</summary>
    internal static void Sync(string path)
    {
        var descriptor = Open(path, ReadOnly);
        if (descriptor < 0)
        {
            return;
        }

        _ = FileSync(descriptor);
        _ = Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FileSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
