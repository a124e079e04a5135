using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Participants;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Rooms;

/// <summary>
/// Looks at rooms that are due (<see cref="RoomWatch"/>): ends those that lasted too long, those whose shard never said
/// that it let them go, and empties those whose worker is lost.
/// </summary>
internal sealed partial class RoomReaper(
    RoomDirectory rooms,
    RoomWatch watch,
    RoomEnding ending,
    RoomFacts facts,
    IEnumerable<WorkerLookup> workers,
    TimeProvider clock,
    ILogger<RoomReaper> logger
)
{
    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        new TimerFunction("RoomReap", "*/5 * * * * *", services => services.GetRequiredService<RoomReaper>().RunAsync),
    ];

    private async Task RunAsync(TimerTick tick, CancellationToken cancellationToken)
    {
        foreach (var due in await watch.DueAsync(clock.GetUtcNow(), cancellationToken))
        {
            await LookAsync(due, cancellationToken);
            await watch.DoneAsync(due, cancellationToken);
        }
    }

    private async Task LookAsync(DueRoom due, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (
            await rooms.FindAsync(due.Room, cancellationToken) is not { } found
            || !RoomWatch.IsCurrent(due, found.Value)
        )
        {
            return;
        }

        if (RoomDecider.IsOverdue(found.Value, now))
        {
            TooLong(logger, due.Room.Value);
            await ending.EndAsync(due.Room, traceParent: null, cancellationToken);
            return;
        }

        var placement = await rooms.FindPlacementAsync(due.Room, cancellationToken);
        var lost = placement?.Value is { Vacant: false } where && await IsLostAsync(where.Worker, cancellationToken);
        if (RoomDecider.IsStuck(found.Value, now) || lost)
        {
            ShardSilent(logger, due.Room.Value, placement?.Value.Worker.Value ?? "none");
            await facts.AbandonAsync(due.Room, placement?.Value.Epoch ?? 0, cancellationToken);
            return;
        }

        await facts.WatchAgainAsync(due.Room, cancellationToken);
    }

    private async Task<bool> IsLostAsync(WorkerId worker, CancellationToken cancellationToken)
    {
        foreach (var lookup in workers)
        {
            if (!await lookup(worker, cancellationToken))
            {
                return true;
            }
        }

        return false;
    }

    [LoggerMessage(2301, LogLevel.Information, "Room {Room} has lasted as long as it may")]
    private static partial void TooLong(ILogger logger, string room);

    [LoggerMessage(2302, LogLevel.Warning, "Room {Room} is given up: worker {Worker} does not speak for it any more")]
    private static partial void ShardSilent(ILogger logger, string room, string worker);
}

/// <summary>Says whether a worker was heard of lately; registered by Placement.</summary>
internal delegate Task<bool> WorkerLookup(WorkerId worker, CancellationToken cancellationToken);
