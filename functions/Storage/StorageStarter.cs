using EventMeet.Functions.Hosting;

namespace EventMeet.Functions.Storage;

/// <summary>Makes the tables, however long it takes until storage is there.</summary>
internal sealed partial class StorageStarter(
    AzureTableStore store,
    HealthBoard health,
    TimeProvider clock,
    ILogger<StorageStarter> logger
) : BackgroundService
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        health.Wait("storage", "The tables are not there yet.");
        for (
            var wait = TimeSpan.FromMilliseconds(250);
            ;
            wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, LongestWait.Ticks))
        )
        {
            try
            {
                await store.CreateTablesAsync(stoppingToken);
                health.Clear("storage");
                return;
            }
            catch (StorageUnavailableException e)
            {
                StorageAwaited(logger, wait.TotalSeconds, e.InnerException?.Message ?? e.Message);
                await Task.Delay(wait, clock, stoppingToken);
            }
        }
    }

    [LoggerMessage(2202, LogLevel.Warning, "Waiting for storage; next try in {Seconds} s: {Reason}")]
    private static partial void StorageAwaited(ILogger logger, double seconds, string reason);
}
