using System.Globalization;

namespace EventMeet.Benchmarks.LoadRunner;

/// <summary>What a process has used, from /proc: CPU to the nanosecond by thread (schedstat), and memory.</summary>
/// <param name="pid">Which process.</param>
internal sealed class ProcessProbe(int pid)
{
    private Dictionary<string, long> _atStart = [];

    public int Pid => pid;

    /// <summary>Counts CPU anew from here.</summary>
    public void Begin() => _atStart = ReadThreads();

    /// <summary>Gets the CPU time of all threads since <see cref="Begin"/>; that of threads that have ended meanwhile is missing.</summary>
    public TimeSpan Cpu() =>
        TimeSpan.FromMicroseconds(
            ReadThreads().Sum(thread => thread.Value - _atStart.GetValueOrDefault(thread.Key)) / 1000.0
        );

    /// <summary>Gets the CPU time of the threads that forward, since <see cref="Begin"/>: those that are named shards.</summary>
    public TimeSpan MediaCpu() =>
        TimeSpan.FromMicroseconds(
            ReadThreads()
                .Where(thread => NameOf(thread.Key).StartsWith("shard", StringComparison.Ordinal))
                .Sum(thread => thread.Value - _atStart.GetValueOrDefault(thread.Key)) / 1000.0
        );

    /// <summary>Gets the resident memory in bytes; 0 when the process is gone.</summary>
    public long ResidentBytes()
    {
        try
        {
            var line = File.ReadLines($"/proc/{pid}/status")
                .FirstOrDefault(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return line is null
                ? 0
                : 1024 * long.Parse(line.Split(' ', '\t')[^2], NumberStyles.None, CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static string NameOf(string thread)
    {
        try
        {
            return File.ReadAllText($"{thread}/comm");
        }
        catch (IOException)
        {
            return "";
        }
    }

    private Dictionary<string, long> ReadThreads()
    {
        var threads = new Dictionary<string, long>(StringComparer.Ordinal);
        try
        {
            foreach (var thread in Directory.EnumerateDirectories($"/proc/{pid}/task"))
            {
                // Time on the CPU, time waiting for it (nanoseconds), times it was given one.
                var fields = File.ReadAllText($"{thread}/schedstat").Split(' ');
                threads[thread] = long.Parse(fields[0], CultureInfo.InvariantCulture);
            }
        }
        catch (IOException)
        {
            // A thread, or the process, has just ended.
        }

        return threads;
    }
}
