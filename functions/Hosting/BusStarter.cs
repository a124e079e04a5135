using EventMeet.Contracts.Bus;

namespace EventMeet.Functions.Hosting;

/// <summary>Connects to the bus ahead of the first message, and keeps the health board true.</summary>
internal sealed class BusStarter(AmqpMessageBus bus, HealthBoard health, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(LookEvery, clock);
        do
        {
            if (bus.IsConnected)
            {
                health.Clear("bus");
                continue;
            }

            health.Wait("bus", "The message bus is not connected.");
            await TryConnectAsync(stoppingToken);
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task TryConnectAsync(CancellationToken stoppingToken)
    {
        try
        {
            await bus.ConnectAsync(BusEntities.SfuCommands, stoppingToken);
            health.Clear("bus");
        }
        catch (BusException e)
        {
            health.Wait("bus", e.Message);
        }
    }
}
