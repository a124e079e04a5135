using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.WorkerHost;
using EventMeet.Workers.Tests.Fakes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace EventMeet.Workers.Tests.Hosting;

/// <summary>Facts reach the bus in order, each at least once, however long the bus is away.</summary>
public sealed class FactOutboxTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task Facts_wait_for_a_bus_that_is_away_and_are_then_sent_in_order()
    {
        await using var bus = new MemoryBus { IsDown = true };
        using var outbox = NewOutbox(bus);
        await outbox.StartAsync(TestContext.Current.CancellationToken);
        Publish(outbox, 250);
        _ = await bus.Attempts.Reader.ReadAsync(TestContext.Current.CancellationToken);
        bus.IsDown = false;

        while (bus.Sent.Count < 250)
        {
            _clock.Advance(TimeSpan.FromSeconds(3));
            await Task.Yield();
        }

        await outbox.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(1, 250), bus.Sent.Select(SequenceOf));
        Assert.All(bus.Sent, message => Assert.Equal("room_1", message.Subject));
    }

    [Fact]
    public async Task What_waits_when_the_worker_stops_is_sent_before_it_ends()
    {
        await using var bus = new MemoryBus { IsDown = true };
        using var outbox = NewOutbox(bus);
        await outbox.StartAsync(TestContext.Current.CancellationToken);
        Publish(outbox, 130);
        _ = await bus.Attempts.Reader.ReadAsync(TestContext.Current.CancellationToken);
        bus.IsDown = false;

        await outbox.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(Enumerable.Range(1, 130), bus.Sent.Select(SequenceOf).Distinct());
    }

    private static int SequenceOf(Contracts.Bus.BusMessage message) =>
        (int)((RoomEvent)MessageTypes.Read(message.Type, message.Body.Span)!).Sequence;

    private static void Publish(FactOutbox outbox, int count)
    {
        for (var sequence = 1; sequence <= count; sequence++)
        {
            outbox.Publish(
                new RoomEmptied(new WorkerId("wrk_1"), default, new TenantId("t"), new RoomId("room_1"), 1, sequence)
            );
        }
    }

    private FactOutbox NewOutbox(MemoryBus bus)
    {
        var ids = new IdSource(_clock);
        var identity = new WorkerIdentity(ids, Options.Create(new WorkerOptions()));
        return new FactOutbox(bus, identity, ids, _clock, NullLogger<FactOutbox>.Instance);
    }
}
