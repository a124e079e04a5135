using System.Globalization;
using EventMeet.Benchmarks.FanOut;
using EventMeet.Benchmarks.LoadRunner;

namespace EventMeet.Benchmarks.Reports;

/// <summary>A whole worker against the same fan-out loop in C, which has no ingress and nobody who waits for its packets.</summary>
internal static class FloorTable
{
    /// <summary>How many there are in the floors.</summary>
    public const int Subscribers = 50;

    private const int BitsPerSecond = 2_500_000; // trains of nine

    /// <summary>Writes a row for each of the results that can be compared.</summary>
    /// <param name="floor">Measured in the same run, on the same machine.</param>
    /// <param name="results">Of whole workers.</param>
    public static string Write(FanOutResult floor, IEnumerable<LoadResult> results) =>
        $"""
            | whole worker against C with trains of {floor.PacketsPerPicture}, same run | µs/packet | C with OpenSSL, µs | worker/OpenSSL (goal: at most 1.6) | best C, µs | best C/worker (goal: at least 0.65) |
            |---|---|---|---|---|---|
            {string.Join('\n', results.Where(IsComparable).Select(result => Row(floor, result)))}

            """;

    private static bool IsComparable(LoadResult result) =>
        result is { Name: "load", Subscribers: Subscribers, BitsPerSecond: BitsPerSecond };

    private static string Row(FanOutResult floor, LoadResult result)
    {
        var (openSsl, best, worker) = (floor.OpenSslFloor / 1000, floor.BestFloor / 1000, result.MicrosecondsPerPacket);
        return $"| {LoadTable.Describe(result)} | {Format(worker)} | {Format(openSsl)} | {Format(worker / openSsl)} | {Format(best)} | {Format(best / worker)} |";
    }

    private static string Format(double value) =>
        double.IsFinite(value) ? value.ToString("0.00", CultureInfo.InvariantCulture) : "-";
}
