using EventMeet.Contracts;
using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Tests.Placement;

/// <summary>Heartbeats as workers send them.</summary>
internal static class Workers
{
    public static WorkerAlive Alive(string id, DateTimeOffset at, params double[] cpuPerShard) =>
        new(
            new WorkerId("wkr_" + id),
            at,
            id,
            "1.0",
            "eu",
            Zone: null,
            string.Concat(Enumerable.Repeat("0A1B2C3D", 8)),
            Draining: false,
            [
                .. (cpuPerShard.Length == 0 ? [0.0] : cpuPerShard).Select(
                    (cpu, shard) =>
                        new ShardStatus(
                            shard,
                            [new MediaAddress(AddressOf(id), 40000 + shard, 40000 + shard)],
                            new ShardLoad(0, 0, 0, 0, cpu)
                        )
                ),
            ]
        );

    // Two workers of one address would be two lives of one.
    private static string AddressOf(string id) => $"203.0.113.{5 + ((id[^1] + 103) % 200)}";
}
