using System.Globalization;
using System.Net;
using EventMeet.Media.Dtls;
using EventMeet.Media.Rooms;
using EventMeet.Media.Values;
using EventMeet.Sfu;
using EventMeet.Sockets;
using EventMeet.Sockets.Interop;
using MediaAddress = EventMeet.Contracts.Messages.MediaAddress;

namespace EventMeet.Benchmarks.BareWorker;

/// <summary>
/// A worker without bus and functions: the shards that the product runs, behind a few lines of WHIP and WHEP. What it
/// costs in CPU is the engine and the media loop, and nothing else.
/// </summary>
internal static class BareWorkerProgram
{
    /// <summary>Serves until its input ends, as it does when whoever started it is gone.</summary>
    /// <param name="arguments">
    /// The number of shards and the microseconds between the turns of a busy one; "spread" behind them to spread each room over all shards, "pin" to keep each
    /// on a CPU.
    /// </param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var count = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        var options = new SfuOptions { TurnMicroseconds = int.Parse(arguments[1], CultureInfo.InvariantCulture) };
        var cpus = arguments.Contains("pin") ? ThreadAffinity.Allowed : [];
        var clock = new MonotonicClock(TimeProvider.System);
        using var identity = DtlsIdentity.Create(
            TimeProvider.System.GetUtcNow().AddDays(-1),
            TimeProvider.System.GetUtcNow().AddDays(1)
        );
        var shards = Enumerable.Range(0, count).Select(number => Make(number, identity, clock, options, cpus)).ToList();
        Shard.Join(shards);
        shards.ForEach(shard => shard.Start([new MediaAddress("127.0.0.1", shard.Port, TcpPort: null)]));
        using var http = new BareWorkerHttp(shards, identity, arguments.Contains("spread"));
        http.Start();
        Console.WriteLine($"ready {http.Url}");
        await Console.In.ReadToEndAsync();
        foreach (var shard in shards)
        {
            await shard.StopAsync();
        }

        shards.ForEach(shard => shard.Dispose());

        return 0;
    }

    private static Shard Make(
        int number,
        DtlsIdentity identity,
        MonotonicClock clock,
        SfuOptions options,
        IReadOnlyList<int> cpus
    ) =>
        new(
            number,
            new IPEndPoint(IPAddress.Loopback, 0),
            tcp: false,
            identity,
            clock,
            Ignore,
            static _ => { },
            turnSpacing: options.TurnSpacing,
            cpu: cpus.Count > 0 ? cpus[number % cpus.Count] : null
        );

    private static void Ignore(RoomFact fact, MonotonicTime now)
    {
        // Nobody is there to be told.
    }
}
