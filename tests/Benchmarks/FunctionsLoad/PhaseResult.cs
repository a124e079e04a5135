using System.Globalization;
using System.Text;

namespace EventMeet.Benchmarks.FunctionsLoad;

/// <summary>What one phase did and cost.</summary>
/// <param name="Name">Of the phase.</param>
/// <param name="Calls">How many were answered as they should be.</param>
/// <param name="Failed">How many were not.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="LatencyMs">p50, p90, p99 and the longest, in milliseconds, from when the call was due.</param>
/// <param name="CpuMsPerCall">By process.</param>
internal sealed record PhaseResult(
    string Name,
    int Calls,
    int Failed,
    double Seconds,
    double[] LatencyMs,
    IReadOnlyDictionary<string, double> CpuMsPerCall
)
{
    public static PhaseResult Of(
        string name,
        IReadOnlyList<TimeSpan> latencies,
        int failed,
        TimeSpan elapsed,
        IReadOnlyDictionary<string, TimeSpan> before,
        IReadOnlyDictionary<string, TimeSpan> after
    )
    {
        var sorted = latencies.Select(latency => latency.TotalMilliseconds).Order().ToArray();
        var calls = Math.Max(sorted.Length, 1);
        return new PhaseResult(
            name,
            sorted.Length,
            failed,
            elapsed.TotalSeconds,
            [At(sorted, 0.5), At(sorted, 0.9), At(sorted, 0.99), At(sorted, 1)],
            after.ToDictionary(
                process => process.Key,
                process => (process.Value - before[process.Key]).TotalMilliseconds / calls,
                StringComparer.Ordinal
            )
        );
    }

    public static string Table(IReadOnlyList<PhaseResult> phases)
    {
        StringBuilder table = new();
        var processes = phases[0].CpuMsPerCall.Keys.ToList();
        table.Append(
            CultureInfo.InvariantCulture,
            $"| phase | calls | failed | per second | p50 ms | p90 | p99 | max |"
        );
        table.AppendJoin("", processes.Select(process => $" CPU ms per call: {process} |")).AppendLine();
        table.AppendJoin("", Enumerable.Repeat("|---", 8 + processes.Count)).AppendLine("|");
        foreach (var phase in phases)
        {
            table.Append(
                CultureInfo.InvariantCulture,
                $"| {phase.Name} | {phase.Calls} | {phase.Failed} | {phase.Calls / phase.Seconds:F0} |"
            );
            table.AppendJoin(
                "",
                phase.LatencyMs.Select(value => string.Create(CultureInfo.InvariantCulture, $" {value:F1} |"))
            );
            table.AppendJoin(
                "",
                processes.Select(one => string.Create(CultureInfo.InvariantCulture, $" {phase.CpuMsPerCall[one]:F2} |"))
            );
            table.AppendLine();
        }

        return table.ToString();
    }

    private static double At(double[] sorted, double share) =>
        sorted.Length == 0 ? 0 : sorted[Math.Min((int)(share * sorted.Length), sorted.Length - 1)];
}
