namespace EventMeet.Sockets.Interop;

/// <summary>How much of a core the calling thread has used, and how it leaves it to others.</summary>
internal static unsafe class ThreadClock
{
    private const int ThreadCpuTime = 3; // CLOCK_THREAD_CPUTIME_ID

    /// <summary>Gets the calling thread's CPU time, user and system, since its start.</summary>
    public static TimeSpan Used
    {
        get
        {
            Libc.TimeSpec time;
            return Libc.GetClock(ThreadCpuTime, &time) == 0
                ? TimeSpan.FromTicks((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / 100))
                : TimeSpan.Zero;
        }
    }

    /// <summary>Lets the calling thread rest; a signal may end it early.</summary>
    /// <param name="time">Less than a second.</param>
    public static void Rest(TimeSpan time)
    {
        var rest = new Libc.TimeSpec { Nanoseconds = time.Ticks * TimeSpan.NanosecondsPerTick };
        _ = Libc.Sleep(&rest, null);
    }
}
