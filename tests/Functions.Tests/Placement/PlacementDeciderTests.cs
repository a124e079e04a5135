using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Placement;
using EventMeet.Functions.Rooms;
using FsCheck.Xunit;

namespace EventMeet.Functions.Tests.Placement;

public class PlacementDeciderTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 31, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Takes_the_least_loaded_shard()
    {
        var place = Choose(Workers.Alive("a", Now, 0.5, 0.3), Workers.Alive("b", Now, 0.4));
        Assert.Equal(("wkr_a", 1), (place!.Worker.Worker.Value, place.Shard.Shard));
    }

    [Fact]
    public void Counts_packets_and_sessions_as_load_and_rooms_when_all_else_is_equal()
    {
        var busy = With(Workers.Alive("a", Now), load => load with { PacketsPerSecond = 100_000 });
        var crowded = With(Workers.Alive("b", Now), load => load with { Sessions = 500 });
        var roomy = With(Workers.Alive("c", Now), load => load with { Rooms = 3 });
        Assert.Equal("wkr_c", Choose(busy, crowded, roomy)!.Worker.Worker.Value);
        Assert.Equal("wkr_d", Choose(roomy, Workers.Alive("d", Now))!.Worker.Worker.Value);
    }

    [Fact]
    public void Passes_over_the_silent_the_draining_and_the_unreachable()
    {
        var silent = Workers.Alive("a", Now - TimeSpan.FromSeconds(4));
        var draining = Workers.Alive("b", Now) with { Draining = true };
        var unreachable = Workers.Alive("c", Now) with
        {
            Shards = [new ShardStatus(0, [], new ShardLoad(0, 0, 0, 0, 0))],
        };
        Assert.Null(Choose(silent, draining, unreachable));
        Assert.Equal(
            "wkr_d",
            Choose(silent, draining, unreachable, Workers.Alive("d", Now, 0.99))!.Worker.Worker.Value
        );
    }

    [Fact]
    public void Stays_in_the_region_while_it_has_a_worker()
    {
        var far = Workers.Alive("a", Now) with { Region = "us" };
        var near = Workers.Alive("b", Now, 0.9);
        Assert.Equal("wkr_b", PlacementDecider.Choose("eu", [far, near], _ => 0, Now, () => 0)!.Worker.Worker.Value);
        Assert.Equal("wkr_a", PlacementDecider.Choose("eu", [far], _ => 0, Now, () => 0)!.Worker.Worker.Value);
    }

    [Fact]
    public void Spreads_rooms_that_no_heartbeat_knows_of_yet()
    {
        WorkerAlive[] workers = [Workers.Alive("a", Now), Workers.Alive("b", Now, 0.01)];
        var place = PlacementDecider.Choose(null, workers, place => place.Worker.Name == "a" ? 1 : 0, Now, () => 0);
        Assert.Equal("wkr_b", place!.Worker.Worker.Value);
    }

    [Fact]
    public void Keeps_a_room_where_it_is_also_while_that_worker_drains()
    {
        var draining = Workers.Alive("a", Now, 0.9, 0.9) with { Draining = true };
        RoomPlacement placement = new(draining.Worker, 1, 7, Now);
        Assert.Equal(1, PlacementDecider.Current(placement, [draining], Now)!.Shard.Shard);
        Assert.Null(PlacementDecider.Current(placement with { Vacant = true }, [draining], Now));
        Assert.Null(PlacementDecider.Current(placement with { Shard = 2 }, [draining], Now));
        Assert.Null(PlacementDecider.Current(placement, [draining], Now + PlacementDecider.LiveFor));
        Assert.Null(PlacementDecider.Current(null, [draining], Now));
    }

    /// <summary>Among many shards two are drawn: always a live one, and of any two the lighter.</summary>
    [Property]
    public bool Draws_a_live_shard_whatever_the_dice_say(byte[] loads, byte first, byte second)
    {
        var cpu = Enumerable.Range(0, 20).Select(i => loads is { Length: > 0 } ? loads[i % loads.Length] / 128.0 : 0.5);
        var dice = new Queue<double>([first / 256.0, second / 256.0]);
        var place = PlacementDecider.Choose(null, [Workers.Alive("a", Now, [.. cpu])], _ => 0, Now, dice.Dequeue);
        return place is not null && place.Shard.Load.Cpu < 2 && dice.Count == 0;
    }

    [Theory]
    [InlineData(0.59, 0.1, 0)] // not busy
    [InlineData(0.60, 0.1, 1)]
    [InlineData(0.95, 0.96, 0)] // no better anywhere
    [InlineData(0.95, 0.94, 1)]
    public void Spreads_a_room_when_its_home_is_busy_and_another_shard_is_less_so(
        double home,
        double other,
        int expected
    )
    {
        var worker = Workers.Alive("a", Now, home, other);
        Assert.Equal(expected, Spread(worker, _ => default).Shard.Shard);
    }

    [Fact]
    public void Never_spreads_a_room_to_another_worker_or_to_where_nobody_gets()
    {
        var worker = Workers.Alive("a", Now, 0.9, 0.1);
        var alone = worker with { Shards = [worker.Shards[0], worker.Shards[1] with { Addresses = [] }] };
        Assert.Equal(
            (alone.Worker, 0),
            (Spread(alone, _ => default).Worker.Worker, Spread(alone, _ => default).Shard.Shard)
        );
    }

    [Fact]
    public void Counts_sessions_that_no_heartbeat_knows_of_at_what_the_others_cost()
    {
        // 40 sessions take 0.5 of a core: ten more make it 0.6 and a little.
        var worker = With(Workers.Alive("a", Now, 0.5, 0.1), load => load with { Sessions = 40 });
        Pending PendingAtHome(Place place, int sessions) => place.Shard.Shard == 0 ? new(0, sessions) : default;

        Assert.Equal(0, Spread(worker, place => PendingAtHome(place, 7)).Shard.Shard);
        Assert.Equal(1, Spread(worker, place => PendingAtHome(place, 9)).Shard.Shard);
    }

    [Fact]
    public void A_shard_that_has_said_nothing_of_cost_yet_gets_a_whole_storm_of_sessions_in_shares()
    {
        var worker = Workers.Alive("a", Now, 0, 0, 0);
        var pending = new int[3];
        for (var i = 0; i < 6000; i++)
        {
            pending[Spread(worker, place => new(0, pending[place.Shard.Shard])).Shard.Shard]++;
        }

        Assert.InRange(pending[0], 1200, 2100);
        Assert.Equal(6000, pending.Sum());
        Assert.InRange(pending[1] - pending[2], -1, 1);
    }

    /// <summary>Whatever the loads: never busier than the home, and always a shard of the home's worker.</summary>
    [Property]
    public bool Never_makes_it_worse(byte home, byte[] others, byte pending)
    {
        var worker = Workers.Alive("a", Now, [home / 255.0, .. (others ?? []).Select(other => other / 255.0)]);
        var chosen = Spread(worker, place => place.Shard.Shard == 0 ? new(0, pending) : default);
        return worker.Shards.Contains(chosen.Shard) && chosen.Shard.Load.Cpu <= (home / 255.0) + (pending * 0.02);
    }

    private static Place Spread(WorkerAlive worker, Func<Place, Pending> pending) =>
        PlacementDecider.Spread(new Place(worker, worker.Shards[0]), spreadAbove: 0.6, pending);

    private static WorkerAlive With(WorkerAlive worker, Func<ShardLoad, ShardLoad> change) =>
        worker with
        {
            Shards = [.. worker.Shards.Select(shard => shard with { Load = change(shard.Load) })],
        };

    private static Place? Choose(params WorkerAlive[] workers) =>
        PlacementDecider.Choose(null, workers, _ => 0, Now, () => 0);
}
