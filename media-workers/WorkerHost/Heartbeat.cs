using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventMeet.WorkerHost;

/// <summary>Says once a second that the worker is alive. A heartbeat that cannot be sent is not sent later: it would be a lie.</summary>
internal sealed class Heartbeat(
    IMessageBus bus,
    IWorkerStatus status,
    WorkerIdentity identity,
    IdSource ids,
    TimeProvider clock,
    ILogger<Heartbeat> logger
) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // Placement takes a worker for lost after 4 s; an older heartbeat must not bring it back to life.
    private static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(4);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        var silent = false;
        do
        {
            try
            {
                await SendAsync(stoppingToken);
                if (silent)
                {
                    logger.HeartbeatResumed();
                    silent = false;
                }
            }
            catch (Exception failure)
                when (failure is not OperationCanceledException && !stoppingToken.IsCancellationRequested)
            {
                if (!silent)
                {
                    logger.HeartbeatSilent(failure.Message);
                    silent = true;
                }
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task SendAsync(CancellationToken stoppingToken)
    {
        var now = clock.GetUtcNow();
        var alive = status.Describe(identity, now);
        var message = new BusMessage(
            ids.NewText("evt_"),
            MessageTypes.NameOf(alive),
            identity.Source,
            now,
            MessageTypes.Write(alive)
        )
        {
            TimeToLive = TimeToLive,
        };

        using var deadline = new CancellationTokenSource(TimeToLive, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stoppingToken);
        try
        {
            await bus.SendAsync(BusEntities.WorkerEvents, [message], either.Token);
        }
        catch (OperationCanceledException late) when (!stoppingToken.IsCancellationRequested)
        {
            throw new TimeoutException("The bus did not take the heartbeat in time.", late);
        }
    }
}
