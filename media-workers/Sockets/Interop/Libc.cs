using System.Runtime.InteropServices;

[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]

namespace EventMeet.Sockets.Interop;

/// <summary>The Linux system calls of the media loop; see the manual pages of the same names.</summary>
internal static unsafe partial class Libc
{
    internal const int LevelIPv4 = 0;
    internal const int LevelIPv6 = 41;
    internal const int IPv4MtuDiscover = 10;
    internal const int IPv6MtuDiscover = 23;
    internal const int MtuDiscoverProbe = 3;
    internal const int SolSocket = 1;
    internal const int SocketReusePort = 15;
    internal const int SocketTimestampNanoseconds = 35; // SO_TIMESTAMPNS, and the type of its control message
    internal const int SocketAttachReusePortFilter = 51; // SO_ATTACH_REUSEPORT_CBPF
    internal const int SolUdp = 17;
    internal const int UdpSegment = 103;
    internal const int UdpReceiveOffload = 104; // UDP_GRO
    internal const int MsgDontWait = 0x40;
    internal const int MsgNoSignal = 0x4000;
    internal const int EpollIn = 0x001;
    internal const int EpollOut = 0x004;
    internal const int EpollErr = 0x008;
    internal const int EpollHup = 0x010;
    internal const int EpollAdd = 1;
    internal const int EpollDelete = 2;
    internal const int EpollModify = 3;
    internal const int EventNonBlocking = 0x800;
    internal const int CloseOnExec = 0x80000;
    internal const int ErrorAgain = 11;
    internal const int ErrorInterrupted = 4;
    internal const int ErrorIo = 5;
    internal const int ErrorInvalid = 22;
    internal const int ErrorMessageSize = 90;
    internal const int ErrorNotSupported = 95;
    internal const ushort FamilyIPv4 = 2;
    internal const ushort FamilyIPv6 = 10;

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    internal static partial int ReceiveMessages(
        int socket,
        MessageHeader* messages,
        uint count,
        int flags,
        void* timeout
    );

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    internal static partial nint ReceiveMessage(int socket, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    internal static partial nint SendMessage(int socket, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    internal static partial int SendMessages(int socket, MessageHeader* messages, uint count, int flags);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    internal static partial int CreateEpoll(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    internal static partial int ControlEpoll(int epoll, int operation, int descriptor, void* change);

    [LibraryImport("libc", EntryPoint = "epoll_pwait2", SetLastError = true)]
    internal static partial int WaitEpoll(int epoll, void* events, int capacity, TimeSpec* timeout, void* signals);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int CreateEvent(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(int descriptor, void* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(int descriptor, void* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "nanosleep", SetLastError = true)]
    internal static partial int Sleep(TimeSpec* time, TimeSpec* left);

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    internal static partial int GetClock(int clock, TimeSpec* time);

    /// <summary>Of thread 0: the calling one. Gives how many bytes of the mask were written.</summary>
    [LibraryImport("libc", EntryPoint = "sched_getaffinity", SetLastError = true)]
    internal static partial int GetAffinity(int thread, nuint length, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    internal static partial int SetAffinity(int thread, nuint length, ulong* mask);

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IoVector
    {
        internal void* Base;
        internal nuint Length;
    }

    /// <summary>struct msghdr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Message
    {
        internal void* Name;
        internal uint NameLength;
        internal IoVector* Vectors;
        internal nuint VectorCount;
        internal void* Control;
        internal nuint ControlLength;
        internal int Flags;
    }

    /// <summary>struct mmsghdr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MessageHeader
    {
        internal Message Message;
        internal uint Length;
    }

    /// <summary>struct timespec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeSpec
    {
        internal long Seconds;
        internal long Nanoseconds;
    }

    /// <summary>struct cmsghdr; the data follows, and both together are padded to 8 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ControlHeader
    {
        internal nuint Length;
        internal int Level;
        internal int Type;
    }

    /// <summary>struct sock_filter: an instruction of a classic BPF program.</summary>
    /// <param name="Code">Operation and how it takes its operand.</param>
    /// <param name="IfTrue">So many instructions are left out when the comparison holds.</param>
    /// <param name="IfFalse">And when it does not.</param>
    /// <param name="Operand">The operand.</param>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly record struct FilterInstruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand);

    /// <summary>struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct FilterProgram
    {
        internal ushort Length;
        internal FilterInstruction* Instructions;
    }

    /// <summary>A control message that carries UDP_SEGMENT: struct cmsghdr and 16 bits, padded to 8 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SegmentControl
    {
        internal nuint Length;
        internal int Level;
        internal int Type;
        internal ushort SegmentSize;
        private readonly ushort _padding0;
        private readonly uint _padding1;
    }
}
