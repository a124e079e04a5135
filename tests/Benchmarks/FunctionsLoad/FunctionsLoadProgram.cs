using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace EventMeet.Benchmarks.FunctionsLoad;

/// <summary>
/// Joins by the clock, leaves by the clock, then room reads as fast as they are answered, against a running EventMeet: latency, and the
/// CPU that each process spent per call.
/// </summary>
internal sealed class FunctionsLoadProgram(FunctionsLoadOptions options, ControlPlane plane, ApiCaller api)
{
    private const int WarmUpJoins = 600;
    private const int WarmUpReads = 5000;

    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly List<string> _rooms = [];
    private readonly ConcurrentQueue<(string Room, string Token)> _tokens = [];
    private readonly ConcurrentQueue<(string Session, string Token)> _sessions = [];

    public static async Task<int> RunAsync(string[] arguments)
    {
        try
        {
            var options = FunctionsLoadOptions.Read(arguments);
            ControlPlane plane = new(options.Environment);
            using ApiCaller api = new(plane.Url, plane.ApiKey, await File.ReadAllBytesAsync(options.Offer));
            FunctionsLoadProgram program = new(options, plane, api);
            await program.PrepareAsync();
            var results = await program.MeasureAsync();
            Console.Write(PhaseResult.Table(results));
            if (options.Out is not null)
            {
                await File.WriteAllTextAsync(options.Out, JsonSerializer.Serialize(results, Indented));
            }

            return results.All(phase => phase.Failed == 0) ? 0 : 1;
        }
        catch (Exception failure) when (failure is FormatException or IOException or HttpRequestException)
        {
            await Console.Error.WriteLineAsync($"{failure.Message}\n{FunctionsLoadOptions.Usage}");
            return 2;
        }
    }

    // Rooms, a token for every join, and everything called often enough that its code is compiled as it will stay.
    private async Task PrepareAsync()
    {
        var run = Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture);
        for (var number = 0; number < options.Rooms; number++)
        {
            _rooms.Add(await api.CreateRoomAsync($"load-{run}-{number}"));
        }

        var joins = WarmUpJoins + options.JoinsPerSecond * options.Seconds;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, joins),
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            async (number, _) =>
            {
                var room = _rooms[number % _rooms.Count];
                _tokens.Enqueue((room, await api.CreateTokenAsync(room, $"member-{number}")));
            }
        );
        await ByTheClockAsync("warm-up", WarmUpJoins, JoinAsync);
        await ReadAsync(WarmUpReads / options.Readers, TimeSpan.MaxValue);
    }

    private async Task<IReadOnlyList<PhaseResult>> MeasureAsync()
    {
        var joins = await ByTheClockAsync("join", options.JoinsPerSecond * options.Seconds, JoinAsync);
        var leaves = await ByTheClockAsync("leave", Math.Min(_sessions.Count, joins.Calls), LeaveAsync);
        var reads = await ReadAsync(int.MaxValue, TimeSpan.FromSeconds(options.Seconds));
        return [joins, leaves, reads];
    }

    private async Task<bool> JoinAsync()
    {
        if (!_tokens.TryDequeue(out var who) || await api.JoinAsync(who.Room, who.Token) is not { } session)
        {
            return false;
        }

        _sessions.Enqueue((session, who.Token));
        return true;
    }

    private async Task<bool> LeaveAsync() =>
        _sessions.TryDequeue(out var session) && await api.LeaveAsync(session.Session, session.Token);

    // An open loop: a call that is late because an earlier one was slow counts from when it was due.
    private async Task<PhaseResult> ByTheClockAsync(string name, int calls, Func<Task<bool>> call)
    {
        ConcurrentBag<TimeSpan> latencies = [];
        var failed = 0;
        var before = plane.ReadCpu();
        var started = Stopwatch.GetTimestamp();
        var all = new Task[calls];
        for (var number = 0; number < calls; number++)
        {
            var due = TimeSpan.FromSeconds((double)number / options.JoinsPerSecond);
            var wait = due - Stopwatch.GetElapsedTime(started);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, TimeProvider.System);
            }

            all[number] = CallAsync(due);
        }

        await Task.WhenAll(all);
        return PhaseResult.Of(name, [.. latencies], failed, Stopwatch.GetElapsedTime(started), before, plane.ReadCpu());

        async Task CallAsync(TimeSpan due)
        {
            if (await call())
            {
                latencies.Add(Stopwatch.GetElapsedTime(started) - due);
            }
            else
            {
                Interlocked.Increment(ref failed);
            }
        }
    }

    // A closed loop: each reader asks again once it is answered.
    private async Task<PhaseResult> ReadAsync(int mostEach, TimeSpan patience)
    {
        ConcurrentBag<TimeSpan> latencies = [];
        var failed = 0;
        var before = plane.ReadCpu();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, options.Readers).Select(ReadOnAsync));
        return PhaseResult.Of(
            "room read",
            [.. latencies],
            failed,
            Stopwatch.GetElapsedTime(started),
            before,
            plane.ReadCpu()
        );

        async Task ReadOnAsync(int reader)
        {
            for (var number = 0; number < mostEach && Stopwatch.GetElapsedTime(started) < patience; number++)
            {
                var at = Stopwatch.GetTimestamp();
                if (await api.ReadRoomAsync(_rooms[(reader + number) % _rooms.Count]))
                {
                    latencies.Add(Stopwatch.GetElapsedTime(at));
                }
                else
                {
                    Interlocked.Increment(ref failed);
                }
            }
        }
    }
}
