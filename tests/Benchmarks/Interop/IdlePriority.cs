using System.ComponentModel;
using System.Runtime.InteropServices;

namespace EventMeet.Benchmarks.Interop;

/// <summary>The calling thread runs only when nothing else wants to (SCHED_IDLE, sched(7)).</summary>
internal static unsafe partial class IdlePriority
{
    private const int Idle = 5; // SCHED_IDLE
    private const int CallingThread = 0;

    /// <summary>From now on, and for good.</summary>
    /// <exception cref="Win32Exception">The system does not let it.</exception>
    public static void Enter()
    {
        // struct sched_param has the priority alone, which is zero for this policy.
        var priority = 0;
        if (SetScheduler(CallingThread, Idle, &priority) != 0)
        {
            throw new Win32Exception();
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_setscheduler", SetLastError = true)]
    private static partial int SetScheduler(int thread, int policy, int* priority);
}
