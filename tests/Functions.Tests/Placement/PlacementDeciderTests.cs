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

    private static WorkerAlive With(WorkerAlive worker, Func<ShardLoad, ShardLoad> change) =>
        worker with
        {
            Shards = [.. worker.Shards.Select(shard => shard with { Load = change(shard.Load) })],
        };

    private static Place? Choose(params WorkerAlive[] workers) =>
        PlacementDecider.Choose(null, workers, _ => 0, Now, () => 0);
}
