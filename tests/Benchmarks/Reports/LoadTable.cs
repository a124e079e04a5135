using System.Globalization;
using System.Text;
using EventMeet.Benchmarks.LoadRunner;

namespace EventMeet.Benchmarks.Reports;

/// <summary>Figures as a table that people and Markdown can read.</summary>
internal static class LoadTable
{
    private static readonly (string Title, Func<LoadResult, string> Cell)[] Columns =
    [
        ("scenario", result => result.Name is "load" ? Describe(result) : $"{Describe(result)} ({result.Name})"),
        ("suite", result => result.Suite.Contains("Gcm", StringComparison.Ordinal) ? "gcm" : "cm80"),
        ("packets/s", result => Format(result.ForwardedPerSecond, "0")),
        ("Mbit/s", result => Format(result.MegabitsPerSecond, "0")),
        ("CPU %", result => Format(result.ServerCpuPercent, "0.0")),
        ("µs/packet", result => Format(result.MicrosecondsPerPacket, "0.00")),
        ("of it media", result => Format(result.MediaMicrosecondsPerPacket, "0.00")),
        ("train", result => Format(result.TrainLength, "0.0")),
        ("delay ms p50/p99/p99.9", DescribeDelay),
        ("lost", result => Format(result.Lost, "0")),
        ("freezes", result => Format(result.Freezes, "0")),
        ("ms/join", result => Format(result.JoinCpuMilliseconds, "0.00")),
        ("ms/session/s", result => Format(result.MillisecondsPerSessionSecond, "0.000")),
        ("KiB/session", result => Format(result.KibibytesPerSession, "0")),
        ("MiB", result => Format(result.ResidentMebibytes, "0")),
        ("B/packet", result => Format(result.AllocatedBytesPerPacket ?? double.NaN, "0.0")),
        ("runner CPU %", result => Format(result.RunnerCpuPercent, "0")),
    ];

    public static string Write(IReadOnlyList<LoadResult> results)
    {
        var rows = results.Select(result => Columns.Select(column => column.Cell(result)).ToArray()).ToList();
        var widths = Columns
            .Select((column, i) => Math.Max(column.Title.Length, rows.Max(row => row[i].Length)))
            .ToArray();
        var text = new StringBuilder();
        Add(text, Columns.Select(column => column.Title), widths);
        Add(text, widths.Select(width => new string('-', width)), widths);
        rows.ForEach(row => Add(text, row, widths));
        return text.ToString();
    }

    private static void Add(StringBuilder text, IEnumerable<string> cells, int[] widths)
    {
        var padded = cells.Select((cell, i) => cell.PadRight(widths[i]));
        text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", padded)} |");
    }

    /// <summary>Says what was measured.</summary>
    public static string Describe(LoadResult result)
    {
        var rooms = result.Rooms > 1 ? $"{result.Rooms} rooms of " : "";
        var what = result.Kind is "audio"
            ? "audio"
            : $"{Format(result.BitsPerSecond / 1e6, "0.##")} Mbit/s {result.Kind}";
        var storm = result.StormJoins > 0 ? $", {result.StormJoins} join" : "";
        var poll = result.PollMicroseconds > 0 ? $", receivers not waiting ({result.PollMicroseconds} µs)" : "";
        var awake = result.Awake ? ", CPUs awake" : "";
        return result.Meeting > 0
            ? $"{rooms}{result.Meeting} × {result.Meeting}, {what}{storm}{poll}{awake}"
            : $"{rooms}{result.Publishers} → {result.Subscribers}, {what}{storm}{poll}{awake}";
    }

    private static string DescribeDelay(LoadResult result) =>
        $"{Format(result.DelayP50, "0.00")} / {Format(result.DelayP99, "0.00")} / {Format(result.DelayP999, "0.0")}";

    /// <summary>Writes a figure as all tables do.</summary>
    public static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
