using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Rooms;

namespace EventMeet.Functions.Placement;

/// <summary>
/// Decides on which shard a room lives, and where its sessions go when that is busy. Pure: what is known and two throws of the dice go in, the shard comes out.
/// </summary>
internal static class PlacementDecider
{
    // Up to here all are compared; among more, two are drawn, so that many instances that know the same old figures do
    // not all choose the same one (Mitzenmacher, The Power of Two Choices).
    private const int FewShards = 8;

    // What a thread forwards without queueing on a 2-core machine of the class this is measured on; only ranks shards.
    private const double PacketsPerSecondOfCore = 300_000;
    private const double SessionsOfCore = 2_000;

    // What one more room is expected to cost before the next heartbeat says it.
    private const double RoomCost = 0.02;

    // The same for one more session: what the shard's others cost on average, and of that no more than this, as the first
    // few say little.
    private const double MostOfSession = 0.02;

    /// <summary>Says whether a worker has been heard of lately enough to get a room.</summary>
    public static bool IsLive(WorkerAlive worker, DateTimeOffset now) => now - worker.At < LiveFor;

    /// <summary>A heartbeat a second: three were missed (architecture: younger than 4 s).</summary>
    public static readonly TimeSpan LiveFor = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Leaves out the workers whose very addresses and ports a younger one announces: two processes cannot listen there, so
    /// the older one has died, and its rooms need not wait until its last heartbeat is old.
    /// </summary>
    public static IReadOnlyList<WorkerAlive> Present(IReadOnlyList<WorkerAlive> workers)
    {
        Dictionary<string, WorkerId> youngest = new(StringComparer.Ordinal);
        // Ids sort by the time of their making.
        foreach (var worker in workers.OrderBy(worker => worker.Worker.Value, StringComparer.Ordinal))
        {
            foreach (var shard in worker.Shards.Where(shard => shard.Addresses.Count > 0))
            {
                youngest[PlaceOf(shard)] = worker.Worker;
            }
        }

        return
        [
            .. workers.Where(worker =>
                worker.Shards.All(shard => shard.Addresses.Count == 0 || youngest[PlaceOf(shard)] == worker.Worker)
            ),
        ];
    }

    /// <summary>Finds the shard a room is on; null when it is nowhere, or where nobody answers any more.</summary>
    /// <param name="placement">The room's row, if any.</param>
    /// <param name="workers">The workers as last heard of.</param>
    /// <param name="now">When.</param>
    public static Place? Current(RoomPlacement? placement, IReadOnlyList<WorkerAlive> workers, DateTimeOffset now)
    {
        if (placement is null or { Vacant: true })
        {
            return null;
        }

        // A draining worker keeps the rooms it has until they are moved.
        var worker = workers.FirstOrDefault(one => one.Worker == placement.Worker && IsLive(one, now));
        var shard = worker?.Shards.FirstOrDefault(one => one.Shard == placement.Shard && one.Addresses.Count > 0);
        return shard is null ? null : new Place(worker!, shard);
    }

    /// <summary>Chooses a shard for a room that is nowhere: same region first, then the least loaded.</summary>
    /// <param name="region">Where the room shall run; null for anywhere.</param>
    /// <param name="workers">The workers as last heard of.</param>
    /// <param name="pending">Rooms put on a shard that its last heartbeat cannot know of.</param>
    /// <param name="now">When.</param>
    /// <param name="dice">Gives a number from 0 to below 1.</param>
    public static Place? Choose(
        string? region,
        IReadOnlyList<WorkerAlive> workers,
        Func<Place, int> pending,
        DateTimeOffset now,
        Func<double> dice
    )
    {
        var places = workers
            .Where(worker => !worker.Draining && IsLive(worker, now))
            .SelectMany(worker => worker.Shards, (worker, shard) => new Place(worker, shard))
            .Where(place => place.Shard.Addresses.Count > 0)
            .ToList();
        // A region without a worker is better served from afar than not at all.
        var near = places.FindAll(place => string.Equals(place.Worker.Region, region, StringComparison.Ordinal));
        var candidates = (near.Count > 0 ? near : places)
            .Select(place => (Place: place, Load: PredictedLoad(place.Shard.Load, pending(place))))
            .ToList();
        if (candidates.Count > FewShards)
        {
            candidates = [Draw(candidates, dice()), Draw(candidates, dice())];
        }

        return candidates.Count == 0 ? null : candidates.MinBy(candidate => candidate.Load).Place;
    }

    /// <summary>
    /// Chooses the shard of one more session of a room: the room's home as long as that is not busy; else the least busy shard of the same worker, as
    /// the parts of a room reach each other inside one worker alone.
    /// </summary>
    /// <param name="home">Where the room lives.</param>
    /// <param name="spreadAbove">How busy is busy; 1 is a whole core.</param>
    /// <param name="pending">Rooms and sessions put on a shard that its last heartbeat cannot know of.</param>
    public static Place Spread(Place home, double spreadAbove, Func<Place, Pending> pending)
    {
        var homeLoad = PredictedLoad(home, pending(home));
        if (homeLoad < spreadAbove)
        {
            return home;
        }

        var best = home
            .Worker.Shards.Where(shard => shard.Addresses.Count > 0)
            .Select(shard => home with { Shard = shard })
            .Select(place => (Place: place, Load: PredictedLoad(place, pending(place))))
            .MinBy(candidate => candidate.Load);
        // Where it makes no difference the home is better: nothing has to cross from shard to shard.
        return best.Load < homeLoad ? best.Place : home;
    }

    private static double PredictedLoad(Place place, Pending pending)
    {
        var load = place.Shard.Load;
        var perSession = Math.Clamp(load.Cpu / Math.Max(load.Sessions, 1), 1 / SessionsOfCore, MostOfSession);
        return PredictedLoad(load, pending.Rooms) + (pending.Sessions * perSession);
    }

    private static string PlaceOf(ShardStatus shard) =>
        string.Join(' ', shard.Addresses.Select(address => $"{address.Address}:{address.UdpPort}"));

    /// <summary>How busy a shard will be: 1 is a whole core.</summary>
    internal static double PredictedLoad(ShardLoad load, int pending) =>
        Math.Max(Math.Max(load.Cpu, load.PacketsPerSecond / PacketsPerSecondOfCore), load.Sessions / SessionsOfCore)
        + (pending * RoomCost)
        // Idle shards measure the same; the one with fewer rooms is the better guess.
        + (load.Rooms * (RoomCost / 100));

    // Weighted by what is free, but never nothing: an overloaded shard may still be the only one.
    private static (Place Place, double Load) Draw(List<(Place Place, double Load)> candidates, double dice)
    {
        var left = dice * candidates.Sum(candidate => Weight(candidate.Load));
        foreach (var candidate in candidates)
        {
            left -= Weight(candidate.Load);
            if (left < 0)
            {
                return candidate;
            }
        }

        return candidates[^1];
    }

    private static double Weight(double load) => Math.Max(0.01, 1 - load);
}

/// <summary>What was put on a shard since its last heartbeat.</summary>
/// <param name="Rooms">Rooms that live there.</param>
/// <param name="Sessions">Sessions.</param>
internal readonly record struct Pending(int Rooms, int Sessions);

/// <summary>One shard of one worker.</summary>
/// <param name="Worker">The worker's last heartbeat.</param>
/// <param name="Shard">Its shard.</param>
internal sealed record Place(WorkerAlive Worker, ShardStatus Shard);
