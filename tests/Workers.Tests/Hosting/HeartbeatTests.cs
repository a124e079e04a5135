using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Sockets;
using EventMeet.WorkerHost;
using EventMeet.Workers.Tests.Fakes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace EventMeet.Workers.Tests.Hosting;

/// <summary>A worker says once a second that it is alive, and never afterwards that it was.</summary>
public sealed class HeartbeatTests
{
    [Fact]
    public async Task A_heartbeat_that_the_bus_did_not_take_is_not_sent_later()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        await using var bus = new MemoryBus();
        var ids = new IdSource(clock);
        var options = Options.Create(
            new WorkerOptions
            {
                Name = "one",
                Region = "north",
                Zone = "2",
            }
        );
        var identity = new WorkerIdentity(ids, options);
        using var heartbeat = new Heartbeat(bus, new Status(), identity, ids, clock, NullLogger<Heartbeat>.Instance);
        await heartbeat.StartAsync(TestContext.Current.CancellationToken);

        Assert.True(await bus.Attempts.Reader.ReadAsync(TestContext.Current.CancellationToken));
        bus.IsDown = true;
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(await bus.Attempts.Reader.ReadAsync(TestContext.Current.CancellationToken));
        bus.IsDown = false;
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await bus.Attempts.Reader.ReadAsync(TestContext.Current.CancellationToken));
        await heartbeat.StopAsync(TestContext.Current.CancellationToken);

        var beats = bus
            .Sent.Select(message => (WorkerAlive)MessageTypes.Read(message.Type, message.Body.Span)!)
            .ToList();
        Assert.Equal([5, 7], beats.Select(beat => beat.At.Second));
        Assert.Equal(
            ("one", "north", "2", "AB"),
            (beats[0].Name, beats[0].Region, beats[0].Zone, beats[0].Fingerprint)
        );
        Assert.Equal(40_000, Assert.Single(Assert.Single(beats[0].Shards).Addresses).UdpPort);
        Assert.All(bus.Sent, message => Assert.Equal(TimeSpan.FromSeconds(4), message.TimeToLive));
    }

    private sealed class Status : IWorkerStatus
    {
        public WorkerEvent Describe(WorkerIdentity identity, DateTimeOffset now) =>
            new WorkerAlive(
                identity.Id,
                now,
                identity.Name,
                identity.Version,
                identity.Region,
                identity.Zone,
                "AB",
                Draining: false,
                [new(0, [new MediaAddress("192.0.2.1", 40_000, 40_000)], new ShardLoad(1, 2, 3, 4, 0.5))]
            );
    }
}
