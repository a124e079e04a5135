using EventMeet.Contracts;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Rooms;

namespace EventMeet.Functions.Tests.Rooms;

public sealed class RoomDeciderTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 31, 9, 0, 0, TimeSpan.Zero);
    private static readonly RoomPlacement Placed = new(new WorkerId("wkr_1"), 0, 1, Now);

    private static Room Open => RoomDecider.Create(new RoomId("room_1"), new TenantId("ten_1"), new RoomFields(), Now);

    private static Room Live => RoomDecider.Joined(Open, Now);

    [Fact]
    public void Opens_by_itself_when_its_time_comes()
    {
        RoomFields later = new() { StartsAt = Now.AddHours(1) };
        var room = RoomDecider.Create(new RoomId("room_1"), new TenantId("ten_1"), later, Now);
        Assert.Equal(Refusal.RoomNotOpenYet, RoomDecider.CanJoin(room, Now.AddMinutes(59)));
        Assert.Equal(Refusal.None, RoomDecider.CanJoin(room, Now.AddHours(1)));
        Assert.Equal(RoomState.Open, RoomDecider.At(room, Now.AddHours(1)).State);
    }

    [Fact]
    public void Becomes_live_with_the_first_participant_and_stays_so_when_empty()
    {
        var left = RoomDecider.Left(RoomDecider.Joined(Live, Now.AddMinutes(1)), Now.AddMinutes(2));
        Assert.Equal((RoomState.Live, 1, Now), (left.State, left.ParticipantCount, left.StartedAt!.Value));
        Assert.Equal(RoomState.Live, RoomDecider.Left(left, Now).State);
    }

    [Fact]
    public void Is_full_at_its_most_participants()
    {
        var room = Live with { Fields = new RoomFields { MaxParticipants = 1 } };
        Assert.Equal(Refusal.RoomFull, RoomDecider.CanJoin(room, Now));
    }

    [Fact]
    public void Ends_at_once_when_it_is_nowhere()
    {
        Assert.Equal(RoomState.Ended, RoomDecider.End(Open, null, Now).Room!.State);
        Assert.Equal(RoomState.Ended, RoomDecider.End(Open, Placed with { Vacant = true }, Now).Room!.State);
    }

    [Fact]
    public void Waits_for_its_shard_before_it_has_ended()
    {
        var ending = RoomDecider.End(Live, Placed, Now).Room!;
        Assert.Equal(RoomState.Ending, ending.State);
        Assert.Equal(Refusal.RoomEnding, RoomDecider.CanJoin(ending, Now));
        Assert.Same(ending, RoomDecider.End(ending, Placed, Now.AddSeconds(1)).Room);
        var ended = RoomDecider.Emptied(ending, workerStopped: false, Now.AddSeconds(1));
        Assert.Equal(
            (RoomState.Ended, 0, Now.AddSeconds(1)),
            (ended.State, ended.ParticipantCount, ended.EndedAt!.Value)
        );
    }

    [Fact]
    public void Goes_on_elsewhere_when_its_worker_stops()
    {
        Assert.Equal(RoomState.Open, RoomDecider.Emptied(Live, workerStopped: true, Now).State);
        Assert.Equal(RoomState.Ended, RoomDecider.Emptied(Live, workerStopped: false, Now).State);
        var ending = RoomDecider.End(Live, Placed, Now).Room!;
        Assert.Equal(RoomState.Ended, RoomDecider.Emptied(ending, workerStopped: true, Now).State);
    }

    [Fact]
    public void Is_overdue_after_its_longest_duration()
    {
        var room = Live with { Fields = new RoomFields { MaxDurationSeconds = 10 } };
        Assert.Equal(Now.AddSeconds(10), RoomDecider.NextLook(room, Now));
        Assert.False(RoomDecider.IsOverdue(room, Now.AddSeconds(9)));
        Assert.True(RoomDecider.IsOverdue(room, Now.AddSeconds(10)));
    }

    [Fact]
    public void Refuses_changes_after_the_end()
    {
        var ended = RoomDecider.End(Open, null, Now).Room!;
        Assert.Equal(Refusal.RoomEnded, RoomDecider.Update(ended, new RoomFields(), Now).Refusal);
    }
}
