using System.Diagnostics;
using EventMeet.Benchmarks.Interop;
using EventMeet.Sockets.Interop;

namespace EventMeet.Benchmarks.LoadRunner;

/// <summary>
/// Keeps every CPU from halting, with a thread on each that runs when nothing else wants to. A virtual CPU that halts is
/// given to others, and comes back with cold caches: whoever wakes it up, most of all a server that is idle most of the
/// time, pays for that. A loop that is measured without ever waiting, such as a floor, does not.
/// </summary>
/// <remarks>The threads have a process of their own: a garbage collector would wait for them, who hardly get a turn.</remarks>
internal sealed class AwakeCpus : IDisposable
{
    private const string Ready = "awake";

    private readonly Process _process;

    /// <summary>Initializes a new instance of the <see cref="AwakeCpus"/> class; the CPUs stay awake until it is disposed of, or this process ends.</summary>
    public AwakeCpus()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add("stay-awake");
        _process = Process.Start(start) ?? throw new InvalidOperationException("No process to keep CPUs awake.");
        if (_process.StandardOutput.ReadLine() is not Ready)
        {
            throw new InvalidOperationException(
                "CPUs are not kept awake: no thread may enter SCHED_IDLE, or stay on a CPU."
            );
        }
    }

    /// <summary>What that process does, until its input ends.</summary>
    public static int Run()
    {
        var cpus = ThreadAffinity.Allowed;
        using var awake = new CountdownEvent(cpus.Count);
        foreach (var cpu in cpus)
        {
            new Thread(() => Spin(cpu, awake)) { IsBackground = true }.Start();
        }

        awake.Wait();
        Console.WriteLine(Ready);
        _ = Console.In.ReadToEnd();
        return 0;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    // Without a pause instruction: hypervisors take the CPU away from whoever repeats that.
    private static void Spin(int cpu, CountdownEvent awake)
    {
        ThreadAffinity.Pin(cpu);
        IdlePriority.Enter();
        _ = awake.Signal();
        while (true) { }
    }
}
