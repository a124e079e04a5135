using System.Collections.Concurrent;
using System.Globalization;
using EventMeet.Contracts.Bus;

namespace EventMeet.Bus.Tests.EndToEnd;

public sealed class KillTests
{
    private const int Messages = 600;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_that_was_sent_is_lost_and_all_come_back_by_themselves_when_the_broker_is_killed()
    {
        using var broker = new BrokerProcess();
        await broker.StartAsync(Stop);
        await using var bus = broker.Connect();
        var received = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var plain = ReceiveAllAsync(bus, BusEntities.WorkerEvents, null, received, enough.Token);
        var session = ReceiveAllAsync(bus, BusEntities.SfuCommands, "worker", received, enough.Token);
        var sending = SendAllAsync(bus);
        foreach (var reached in new[] { Messages / 4, Messages / 2, Messages })
        {
            while (received.Count < reached)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Stop);
            }

            await broker.KillAsync(Stop);
            await broker.StartAsync(Stop);
        }

        await sending;
        while (received.Count < Messages * 2)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Stop);
        }

        await enough.CancelAsync();
        await Task.WhenAll(plain, session);
        Assert.Equal(Messages * 2, received.Count);
    }

    [Fact]
    public async Task A_message_that_someone_held_when_the_broker_was_killed_comes_again()
    {
        using var broker = new BrokerProcess();
        await broker.StartAsync(Stop);
        await using var bus = broker.Connect();
        await bus.SendAsync(BusEntities.WorkerEvents, [EndToEnd.Messages.New("held")], Stop);
        await using var receiver = bus.Receive(BusEntities.WorkerEvents, new ReceiveOptions(5));
        var held = await receiver.ReceiveAsync(Stop);
        await broker.KillAsync(Stop);
        await broker.StartAsync(Stop);
        Assert.False(await receiver.CompleteAsync(held, Stop));
        var again = await receiver.ReceiveAsync(Stop);
        Assert.Equal("held", again.Message.Id);
        Assert.True(await receiver.CompleteAsync(again, Stop));
    }

    private static async Task SendAllAsync(AmqpMessageBus bus)
    {
        for (var i = 0; i < Messages; i += 10)
        {
            var batch = Enumerable.Range(i, 10).Select(n => n.ToString(CultureInfo.InvariantCulture)).ToList();
            await Task.WhenAll(
                bus.SendAsync(BusEntities.WorkerEvents, [.. batch.Select(n => EndToEnd.Messages.New("p" + n))], Stop),
                bus.SendAsync(
                    BusEntities.SfuCommands,
                    [.. batch.Select(n => EndToEnd.Messages.New("s" + n, "worker"))],
                    Stop
                )
            );
        }
    }

    private static async Task ReceiveAllAsync(
        AmqpMessageBus bus,
        string entity,
        string? session,
        ConcurrentDictionary<string, int> received,
        CancellationToken enough
    )
    {
        await using var receiver = bus.Receive(entity, new ReceiveOptions(20, session));
        try
        {
            while (true)
            {
                var message = await receiver.ReceiveAsync(enough);
                received.AddOrUpdate(message.Message.Id, 1, (_, times) => times + 1);
                await receiver.CompleteAsync(message, enough);
            }
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested)
        {
            // Everything is here.
        }
    }
}
