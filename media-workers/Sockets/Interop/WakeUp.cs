using System.ComponentModel;

namespace EventMeet.Sockets.Interop;

/// <summary>An eventfd: any thread sets it, the media loop sees it in its <see cref="EpollSet"/> and clears it.</summary>
internal sealed unsafe class WakeUp : IDisposable
{
    /// <summary>Gets the descriptor to watch.</summary>
    public int Descriptor { get; } = Create();

    /// <summary>Wakes the loop; from any thread.</summary>
    public void Set()
    {
        var one = 1UL;
        _ = Libc.Write(Descriptor, &one, sizeof(ulong));
    }

    /// <summary>Makes it wake again; by the loop.</summary>
    public void Clear()
    {
        ulong count;
        _ = Libc.Read(Descriptor, &count, sizeof(ulong));
    }

    public void Dispose() => _ = Libc.Close(Descriptor);

    private static int Create()
    {
        var descriptor = Libc.CreateEvent(0, Libc.EventNonBlocking | Libc.CloseOnExec);
        return descriptor >= 0 ? descriptor : throw new Win32Exception("eventfd failed.");
    }
}
