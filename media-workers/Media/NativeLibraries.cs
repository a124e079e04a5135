using System.Runtime.InteropServices;

// Native libraries come from the system's own directories only, never from the working directory.
[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
