using System.Globalization;
using System.Net;
using EventMeet.Media.Dtls;
using EventMeet.Media.Rooms;
using EventMeet.Media.Values;
using EventMeet.Sfu;
using EventMeet.Sockets;
using MediaAddress = EventMeet.Contracts.Messages.MediaAddress;

namespace EventMeet.Benchmarks.BareWorker;

/// <summary>
/// A worker without bus and functions: the shards that the product runs, behind a few lines of WHIP and WHEP. What it
/// costs in CPU is the engine and the media loop, and nothing else.
/// </summary>
internal static class BareWorkerProgram
{
    /// <summary>Serves until its input ends, as it does when whoever started it is gone.</summary>
    /// <param name="arguments">The number of shards.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var count = arguments is [var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 1;
        var clock = new MonotonicClock(TimeProvider.System);
        using var identity = DtlsIdentity.Create(
            TimeProvider.System.GetUtcNow().AddDays(-1),
            TimeProvider.System.GetUtcNow().AddDays(1)
        );
        var shards = Enumerable.Range(0, count).Select(number => Start(number, identity, clock)).ToList();
        using var http = new BareWorkerHttp(shards, identity);
        http.Start();
        Console.WriteLine($"ready {http.Url}");
        await Console.In.ReadToEndAsync();
        foreach (var shard in shards)
        {
            await shard.StopAsync();
            shard.Dispose();
        }

        return 0;
    }

    private static Shard Start(int number, DtlsIdentity identity, MonotonicClock clock)
    {
        var shard = new Shard(
            number,
            new IPEndPoint(IPAddress.Loopback, 0),
            tcp: false,
            identity,
            clock,
            Ignore,
            static _ => { },
            turnSpacing: new SfuOptions().TurnSpacing
        );
        shard.Start([new MediaAddress("127.0.0.1", shard.Port, TcpPort: null)]);
        return shard;
    }

    private static void Ignore(RoomFact fact, MonotonicTime now)
    {
        // Nobody is there to be told.
    }
}
