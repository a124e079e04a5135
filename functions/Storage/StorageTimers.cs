using EventMeet.Functions.Hosting;

namespace EventMeet.Functions.Storage;

/// <summary>What has to be done to storage from time to time.</summary>
internal sealed class StorageTimers(Outbox outbox, Idempotency idempotency)
{
    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        new TimerFunction("OutboxSweep", "*/5 * * * * *", services => Of(services).SweepAsync),
        new TimerFunction("IdempotencyClean", "0 17 * * * *", services => Of(services).CleanAsync),
    ];

    private Task<int> SweepAsync(TimerTick tick, CancellationToken cancellationToken) =>
        outbox.SweepAsync(cancellationToken);

    private Task<int> CleanAsync(TimerTick tick, CancellationToken cancellationToken) =>
        idempotency.CleanAsync(cancellationToken);

    private static StorageTimers Of(IServiceProvider services) => services.GetRequiredService<StorageTimers>();
}
