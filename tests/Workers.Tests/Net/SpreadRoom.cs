using System.Net;
using EventMeet.Contracts.Messages;
using EventMeet.Media.Dtls;
using EventMeet.Media.Rooms;
using EventMeet.Sfu;
using EventMeet.Sockets;
using EventMeet.Sockets.Interop;

namespace EventMeet.Workers.Tests.Net;

/// <summary>Three shards of one worker, each kept on a CPU.</summary>
internal sealed class SpreadRoom : IDisposable
{
    public SpreadRoom(DtlsIdentity identity, MonotonicClock clock, Action<RoomFact> report)
    {
        var allowed = ThreadAffinity.Allowed;
        Cpus = [.. Enumerable.Range(0, 3).Select(number => (int?)allowed[number % allowed.Count])];
        Shards =
        [
            .. Cpus.Select(
                (cpu, number) =>
                    new Shard(
                        number,
                        new IPEndPoint(IPAddress.Loopback, 0),
                        tcp: true,
                        identity,
                        clock,
                        (fact, _) => report(fact),
                        _ => { },
                        cpu: cpu
                    )
            ),
        ];
        Shard.Join(Shards);
        foreach (var shard in Shards)
        {
            shard.Start([new MediaAddress("127.0.0.1", shard.Port, shard.Port)]);
        }
    }

    public IReadOnlyList<Shard> Shards { get; }

    public IReadOnlyList<int?> Cpus { get; }

    public Task StopAsync() => Task.WhenAll(Shards.Select(shard => shard.StopAsync()));

    public void Dispose()
    {
        StopAsync().GetAwaiter().GetResult();
        foreach (var shard in Shards)
        {
            shard.Dispose();
        }
    }
}
