using EventMeet.Benchmarks.FanOut;
using EventMeet.Benchmarks.LoadRunner;

namespace EventMeet.Benchmarks.Reports;

/// <summary>Whole workers against what the system alone takes to send as much at the same pace.</summary>
internal static class SendingTable
{
    /// <summary>Measures, and writes a row for each of the results that can be compared.</summary>
    /// <param name="results">Of whole workers, measured in the same run.</param>
    public static string Write(IEnumerable<LoadResult> results) =>
        $"""
            | whole worker against sending alone, at the same pace | µs/packet | sending alone, µs | sending alone/worker |
            |---|---|---|---|
            {string.Join('\n', results.Where(IsComparable).Select(Row))}

            """;

    // One publisher, whose pictures leave as one train each, or whose sound as one packet.
    private static bool IsComparable(LoadResult result) =>
        result is { Name: "load" or "small" or "audio", Rooms: 1, Publishers: 1, Meeting: 0, ForwardedPerSecond: > 0 };

    private static string Row(LoadResult result)
    {
        var alone = SendingAlone.Measure(result);
        return $"| {LoadTable.Describe(result)} | {Format(result.MicrosecondsPerPacket)} | {Format(alone)} | {Format(alone / result.MicrosecondsPerPacket)} |";
    }

    private static string Format(double value) => LoadTable.Format(value, "0.00");
}
