using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EventMeet.Sockets.Interop;

/// <summary>The descriptors a media loop waits for. Each is watched under a key of the caller's.</summary>
internal sealed unsafe class EpollSet : IDisposable
{
    /// <summary>How many can be ready after one <see cref="Wait"/>; more are after the next.</summary>
    public const int Capacity = 64;

    // struct epoll_event is packed on x86-64 and on no other architecture.
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = EventSize - sizeof(ulong);

    private readonly byte[] _events = GC.AllocateArray<byte>(Capacity * 16, pinned: true);
    private readonly int _descriptor = Libc.CreateEpoll(Libc.CloseOnExec);

    /// <summary>Watches a descriptor for input.</summary>
    public void Watch(int descriptor, long key, bool output = false) => Control(Libc.EpollAdd, descriptor, key, output);

    /// <summary>Watches for room to write, too, or no longer.</summary>
    public void Change(int descriptor, long key, bool output) => Control(Libc.EpollModify, descriptor, key, output);

    /// <summary>Stops watching; before the descriptor is closed.</summary>
    public void Forget(int descriptor) => _ = Libc.ControlEpoll(_descriptor, Libc.EpollDelete, descriptor, null);

    /// <summary>Waits until something is ready or the time is up.</summary>
    /// <param name="wait">How long at most; zero does not wait.</param>
    /// <returns>How many are ready; see <see cref="ReadyKey"/>.</returns>
    public int Wait(TimeSpan wait)
    {
        var time = new Libc.TimeSpec
        {
            Seconds = wait.Ticks / TimeSpan.TicksPerSecond,
            Nanoseconds = wait.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
        };
        fixed (byte* events = _events)
        {
            var ready = Libc.WaitEpoll(_descriptor, events, Capacity, &time, null);
            return ready >= 0 || Marshal.GetLastPInvokeError() == Libc.ErrorInterrupted
                ? Math.Max(ready, 0)
                : throw new Win32Exception("epoll_pwait2 failed; it needs Linux 5.11 or newer.");
        }
    }

    /// <summary>Gets the key of a ready descriptor.</summary>
    /// <param name="index">From 0, below what <see cref="Wait"/> returned.</param>
    public long ReadyKey(int index) => Unsafe.ReadUnaligned<long>(ref _events[(index * EventSize) + DataOffset]);

    public void Dispose() => _ = Libc.Close(_descriptor);

    private void Control(int operation, int descriptor, long key, bool output)
    {
        var change = stackalloc byte[16];
        Unsafe.WriteUnaligned(change, (uint)(Libc.EpollIn | (output ? Libc.EpollOut : 0)));
        Unsafe.WriteUnaligned(change + DataOffset, key);
        if (Libc.ControlEpoll(_descriptor, operation, descriptor, change) != 0)
        {
            throw new Win32Exception("epoll_ctl failed.");
        }
    }
}
