using System.Text.Json.Serialization;
using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Placement;

/// <summary>
/// Keeps each worker's last heartbeat (table "workers", one partition) and reads them all at most once a second, so that
/// a join costs no scan.
/// </summary>
internal sealed class WorkerDirectory(ITableStore store, TimeProvider clock) : IDisposable
{
    private const string Partition = "workers";
    private const int MostWorkers = 1000;

    private static readonly TimeSpan CachedFor = TimeSpan.FromSeconds(1);

    // Clients of a lost worker come back within seconds; giving its rooms up can wait until there is no doubt.
    private static readonly TimeSpan LostAfter = TimeSpan.FromSeconds(15);

    // When nobody is heard of, it is more likely the bus that is away than every worker.
    private static readonly TimeSpan LostAfterSilence = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _loading = new(1, 1);
    private readonly DateTimeOffset _startedAt = clock.GetUtcNow();
    private volatile Snapshot? _snapshot;

    /// <summary>Takes the heartbeats among a batch of events; of one worker only the newest counts.</summary>
    public async Task HandleAsync(IReadOnlyList<WorkerEvent> events, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var newest = events
            .OfType<WorkerAlive>()
            .GroupBy(alive => alive.Worker)
            .Select(group => group.MaxBy(one => one.At)!);
        foreach (var alive in newest)
        {
            // A clock that runs ahead must not keep a dead worker alive.
            var seen = alive.At > now ? alive with { At = now } : alive;
            var put = RowChange.Put(alive.Worker.Value, seen, WorkersJsonContext.Default.WorkerAlive);
            await store.WriteAsync(Tables.Workers, Partition, [put], cancellationToken);
        }
    }

    /// <summary>Gets the last heartbeat of every worker that may still be there, at most a second old as a whole.</summary>
    /// <exception cref="StorageUnavailableException">Storage does not answer.</exception>
    public async Task<IReadOnlyList<WorkerAlive>> ListAsync(CancellationToken cancellationToken) =>
        (await LoadedAsync(cancellationToken)).Present;

    /// <summary>Says whether a worker was heard of lately enough to still speak for its rooms.</summary>
    public async Task<bool> IsKnownAsync(WorkerId worker, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var loaded = await LoadedAsync(cancellationToken);
        var workers = loaded.Present;
        var known = workers.FirstOrDefault(one => one.Worker == worker);
        if (known is null && loaded.All.Any(one => one.Worker == worker))
        {
            return false; // another one is in its place
        }

        var last = known?.At ?? DateTimeOffset.MinValue;
        // After a pause of the functions every heartbeat is old until the next one comes.
        var someoneSpeaks = workers.Any(one => PlacementDecider.IsLive(one, now)) && now - _startedAt > LostAfter;
        return now - last < (someoneSpeaks ? LostAfter : LostAfterSilence) || now - _startedAt < LostAfter;
    }

    /// <summary>Forgets workers that have been silent for long; a restarted one comes back under a new id.</summary>
    public async Task CleanAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        foreach (var worker in (await LoadedAsync(cancellationToken)).All)
        {
            if (now - worker.At > ForgottenAfter)
            {
                var delete = RowChange.Delete(worker.Worker.Value);
                await store.WriteAsync(Tables.Workers, Partition, [delete], cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _loading.Dispose();

    private async Task<Snapshot> LoadedAsync(CancellationToken cancellationToken)
    {
        if (Fresh() is { } known)
        {
            return known;
        }

        await _loading.WaitAsync(cancellationToken);
        try
        {
            // Whoever waited finds what the first one has read.
            return Fresh() ?? await LoadAsync(cancellationToken);
        }
        finally
        {
            _loading.Release();
        }
    }

    private Snapshot? Fresh() => _snapshot is { } known && clock.GetUtcNow() - known.At < CachedFor ? known : null;

    private async Task<Snapshot> LoadAsync(CancellationToken cancellationToken)
    {
        var at = clock.GetUtcNow();
        var range = RowRange.Prefix(WorkerId.Prefix);
        var rows = await store.ListAsync(Tables.Workers, Partition, range, MostWorkers, cancellationToken);
        List<WorkerAlive> all = [.. rows.Select(row => row.As(WorkersJsonContext.Default.WorkerAlive).Value)];
        Snapshot loaded = new(at, all, PlacementDecider.Present(all));
        _snapshot = loaded;
        return loaded;
    }

    private sealed record Snapshot(
        DateTimeOffset At,
        IReadOnlyList<WorkerAlive> All,
        IReadOnlyList<WorkerAlive> Present
    );
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(WorkerAlive))]
internal sealed partial class WorkersJsonContext : JsonSerializerContext;
