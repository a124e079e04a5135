using EventMeet.Benchmarks.LoadRunner;

namespace EventMeet.Benchmarks.Reports;

/// <summary>Throughput, delay and CPU against the number of subscribers.</summary>
internal static class LoadPlots
{
    /// <summary>Writes NAME-throughput.svg, NAME-delay.svg, NAME-cpu.svg and NAME-cost.svg.</summary>
    public static void Write(
        string folder,
        string name,
        IReadOnlyList<(string Line, IReadOnlyList<LoadResult> Results)> series
    )
    {
        Write("throughput", "Forwarded packets", "1000 packets/s", result => result.ForwardedPerSecond / 1000);
        Write("delay", "Delay from publisher to subscriber, p99", "ms", result => result.DelayP99);
        Write("cpu", "CPU of the worker", "% of a core", result => result.ServerCpuPercent);
        Write("cost", "CPU per forwarded packet", "µs", result => result.MicrosecondsPerPacket);

        void Write(string what, string title, string up, Func<LoadResult, double> value)
        {
            var plot = new SvgPlot(title, "subscribers", up);
            foreach (var (line, results) in series)
            {
                plot.Add(line, results.Select(result => ((double)result.Subscribers, value(result))));
            }

            File.WriteAllText(Path.Combine(folder, $"{name}-{what}.svg"), plot.Write());
        }
    }
}
