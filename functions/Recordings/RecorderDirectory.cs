using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Placement;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Recordings;

/// <summary>Keeps each recorder's last heartbeat: table "workers", partition "recorders", row the worker's id.</summary>
internal sealed class RecorderDirectory(ITableStore store, WorkerDirectory workers, TimeProvider clock)
{
    private const string Partition = "recorders";
    private const int MostRecorders = 1000;

    private static readonly TimeSpan AliveFor = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromMinutes(10);

    /// <summary>Takes the heartbeats among a batch of events; of one recorder only the newest counts.</summary>
    public async Task HandleAsync(IReadOnlyList<WorkerEvent> events, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var newest = events
            .OfType<RecorderAlive>()
            .GroupBy(alive => alive.Worker)
            .Select(group => group.MaxBy(one => one.At)!);
        foreach (var alive in newest)
        {
            // A clock that runs ahead must not keep a dead recorder alive.
            var seen = alive.At > now ? alive with { At = now } : alive;
            var put = RowChange.Put(alive.Worker.Value, seen, RecordingsJsonContext.Default.RecorderAlive);
            await store.WriteAsync(Tables.Workers, Partition, [put], cancellationToken);
        }
    }

    /// <summary>Gets the recorders that were heard of lately.</summary>
    public async Task<IReadOnlyList<RecorderAlive>> ListAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return [.. (await ReadAsync(cancellationToken)).Where(one => now - one.At < AliveFor)];
    }

    /// <summary>Says whether anybody's facts arrive: if not, silence says nothing about any one recorder.</summary>
    public async Task<bool> IsBusAliveAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return (await workers.ListAsync(cancellationToken)).Any(one => now - one.At < AliveFor)
            || (await ListAsync(cancellationToken)).Count > 0;
    }

    /// <summary>Forgets recorders that have been silent for long.</summary>
    public async Task CleanAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        foreach (var silent in (await ReadAsync(cancellationToken)).Where(one => now - one.At > ForgottenAfter))
        {
            var delete = RowChange.Delete(silent.Worker.Value);
            await store.WriteAsync(Tables.Workers, Partition, [delete], cancellationToken);
        }
    }

    private async Task<IReadOnlyList<RecorderAlive>> ReadAsync(CancellationToken cancellationToken)
    {
        var range = RowRange.Prefix(WorkerId.Prefix);
        var rows = await store.ListAsync(Tables.Workers, Partition, range, MostRecorders, cancellationToken);
        return [.. rows.Select(row => row.As(RecordingsJsonContext.Default.RecorderAlive).Value)];
    }
}
