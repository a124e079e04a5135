using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using EventMeet.Benchmarks.FanOut;
using EventMeet.Benchmarks.LoadRunner;
using EventMeet.Media.Srtp;

namespace EventMeet.Benchmarks.Reports;

/// <summary>tests/Benchmarks/run: everything, one table.</summary>
internal static class AllProgram
{
    private const string Usage = """
        usage: tests/Benchmarks/run [--seconds N] [--out FOLDER] [--floor FOLDER] [--no-micro]

          --seconds N      how long each scenario is measured, 1 to 600 (10)
          --out FOLDER     JSON, tables and plots (artifacts/benchmarks)
          --floor FOLDER   where floor_c is, the same loop in C (EVENTMEET_FLOOR)
          --no-micro       without BenchmarkDotNet's part, which takes most of the time

        Where receivers do not wait, they look at their sockets every millisecond (load --poll 1000), so that the worker's own
        cost is seen without that of waking them up, who in production are on the other side of a network. See load --help
        for what the delay is.
        """;

    private const int FewSubscribers = 10;

    // The first is compared with the floors, which have just been measured: machines have moods.
    private static readonly int[] SeriesOfSubscribers = [FloorTable.Subscribers, FewSubscribers, 100, 200];

    // The runtime compiles a method again after its thirtieth call. What happens once a second is called so often in half a minute; under a
    // small load that would be most of what is measured, and a worker runs for days.
    private static readonly TimeSpan UntilCompiled = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan NotWaiting = TimeSpan.FromMilliseconds(1);

    public static async Task<int> RunAsync(string[] arguments)
    {
        var (seconds, folder, floor, micro) = (10, "artifacts/benchmarks", (string?)null, true);
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--seconds" when i + 1 < arguments.Length && int.TryParse(arguments[i + 1], null, out seconds):
                    i++;
                    break;
                case "--out" when i + 1 < arguments.Length:
                    folder = arguments[++i];
                    break;
                case "--floor" when i + 1 < arguments.Length:
                    floor = arguments[++i];
                    break;
                case "--no-micro":
                    micro = false;
                    break;
                default:
                    await Console.Error.WriteLineAsync(Usage);
                    return 2;
            }
        }

        Directory.CreateDirectory(folder);
        if (micro)
        {
            RunMicro();
        }

        var fanOut = FanOutProgram.Measure(floor ?? Environment.GetEnvironmentVariable("EVENTMEET_FLOOR"));
        Console.Write(FanOutProgram.Describe(fanOut));
        var results = await RunWorkerAsync(Math.Clamp(seconds, 1, 600), folder);
        var comparison = $"{FloorTable.Write(fanOut[^1], results)}\n{SendingTable.Write(results)}";
        Console.Write($"\n{comparison}");
        await File.WriteAllTextAsync(Path.Combine(folder, "results.json"), LoadProgram.ToJson(results));
        await File.WriteAllTextAsync(
            Path.Combine(folder, "table.md"),
            $"{FanOutProgram.Describe(fanOut)}\n{LoadTable.Write(results)}\n{comparison}"
        );
        return 0;
    }

    // In this process: a generated project would not inherit the solution's settings.
    public static void RunMicro(params string[] arguments)
    {
        var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
        var switcher = BenchmarkSwitcher.FromAssembly(typeof(AllProgram).Assembly);
        _ = switcher.Run(arguments.Length > 0 ? arguments : ["--filter", "*"], DefaultConfig.Instance.AddJob(job));
    }

    private static async Task<List<LoadResult>> RunWorkerAsync(int seconds, string folder)
    {
        var standard = new LoadOptions { Duration = TimeSpan.FromSeconds(seconds), WarmUp = TimeSpan.FromSeconds(10) };
        var floor = standard with { Subscribers = FloorTable.Subscribers, BitsPerSecond = 2_500_000 };
        var results = new List<LoadResult>();
        var series = new List<LoadResult>();
        foreach (var subscribers in SeriesOfSubscribers)
        {
            var warmUp = subscribers == FewSubscribers ? UntilCompiled : standard.WarmUp;
            series.Add(await RunAsync(floor with { Subscribers = subscribers, WarmUp = warmUp }, results));
            if (subscribers == FloorTable.Subscribers)
            {
                _ = await RunAsync(floor with { Poll = NotWaiting }, results);
                _ = await RunAsync(floor with { Poll = NotWaiting, Awake = true }, results);
            }
        }

        LoadPlots.Write(folder, "subscribers", [("1 to N, 2.5 Mbit/s", [.. series.OrderBy(each => each.Subscribers)])]);
        var small = standard with { Name = "small", WarmUp = UntilCompiled };
        var audio = standard with { Name = "audio", Subscribers = 200, Kind = "audio" };
        var bursts = standard with
        {
            Name = "many small bursts",
            Rooms = 5,
            Subscribers = 40,
            BitsPerSecond = 2_500_000,
        };
        LoadOptions[] others =
        [
            floor with
            {
                Name = "cm80",
                Suite = SrtpProfile.AesCm128HmacSha1Tag80,
            },
            floor with
            {
                Name = "cut in the kernel",
                Offload = false,
            },
            small,
            small with
            {
                Awake = true,
            },
            standard with
            {
                Name = "all to all",
                Meeting = 10,
                WarmUp = UntilCompiled,
            },
            standard with
            {
                Name = "100 rooms",
                Rooms = 100,
                Meeting = 4,
                BitsPerSecond = 300_000,
            },
            bursts,
            bursts with
            {
                Awake = true,
            },
            audio,
            audio with
            {
                Poll = NotWaiting,
            },
            audio with
            {
                Poll = NotWaiting,
                Awake = true,
            },
            floor with
            {
                Name = "loss",
                Loss = 0.02,
                Delay = TimeSpan.FromMilliseconds(20),
            },
            standard with
            {
                Name = "idle",
                Rooms = 100,
                Publishers = 0,
                Subscribers = 10,
                DataChannel = true,
            },
            floor with
            {
                Name = "storm",
                Storm = 500,
            },
        ];
        foreach (var options in others)
        {
            _ = await RunAsync(options, results);
        }

        return results;
    }

    private static async Task<LoadResult> RunAsync(LoadOptions options, List<LoadResult> results)
    {
        var result = await LoadRun.RunAsync(options);
        Console.Write(LoadTable.Write([result]).Split('\n')[results.Count == 0 ? 0..3 : 2..3].Aggregate("", Join));
        results.Add(result);
        return result;
    }

    private static string Join(string before, string line) =>
        string.Create(CultureInfo.InvariantCulture, $"{before}{line}\n");
}
