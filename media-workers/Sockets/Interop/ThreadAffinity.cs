using System.ComponentModel;

namespace EventMeet.Sockets.Interop;

/// <summary>On which CPUs the calling thread may run; sched_setaffinity(2).</summary>
internal static unsafe class ThreadAffinity
{
    private const int MaxCpus = 8192; // what Linux can be built for
    private const int BitsPerWord = 64;
    private const int Words = MaxCpus / BitsPerWord;

    /// <summary>Gets the CPUs that the calling thread may run on, in ascending order.</summary>
    /// <exception cref="Win32Exception">The system does not say.</exception>
    public static IReadOnlyList<int> Allowed
    {
        get
        {
            var mask = stackalloc ulong[Words];
            new Span<ulong>(mask, Words).Clear();
            if (Libc.GetAffinity(0, Words * sizeof(ulong), mask) < 0)
            {
                throw new Win32Exception();
            }

            List<int> allowed = [];
            for (var cpu = 0; cpu < MaxCpus; cpu++)
            {
                if ((mask[cpu / BitsPerWord] & (1UL << (cpu % BitsPerWord))) != 0)
                {
                    allowed.Add(cpu);
                }
            }

            return allowed;
        }
    }

    /// <summary>Keeps the calling thread on one CPU from now on.</summary>
    /// <param name="cpu">One of <see cref="Allowed"/>.</param>
    /// <exception cref="Win32Exception">The thread may not run there.</exception>
    public static void Pin(int cpu)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)cpu, (uint)MaxCpus, nameof(cpu));
        var mask = stackalloc ulong[Words];
        new Span<ulong>(mask, Words).Clear();
        mask[cpu / BitsPerWord] = 1UL << (cpu % BitsPerWord);
        if (Libc.SetAffinity(0, Words * sizeof(ulong), mask) < 0)
        {
            throw new Win32Exception();
        }
    }
}
