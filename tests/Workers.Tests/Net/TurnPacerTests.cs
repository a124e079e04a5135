using EventMeet.Media.Values;
using EventMeet.Sfu;

namespace EventMeet.Workers.Tests.Net;

public sealed class TurnPacerTests
{
    private static readonly TimeSpan Spacing = TimeSpan.FromMicroseconds(1500);

    private readonly TurnPacer _pacer = new(Spacing);
    private MonotonicTime _now = MonotonicTime.Zero + TimeSpan.FromSeconds(1);

    [Fact]
    public void A_quiet_loop_never_rests()
    {
        for (var turn = 0; turn < 1000; turn++)
        {
            _now += TimeSpan.FromMilliseconds(5);
            _pacer.NoteTurn(_now);
            Assert.Equal(TimeSpan.Zero, _pacer.RestAt(_now));
        }
    }

    [Theory]
    [InlineData(1100, 0)] // microseconds; ten people's pictures and what comes with them: 400 to 600 a second
    [InlineData(900, 1500)]
    public void A_loop_rests_from_a_thousand_turns_a_second_on_whether_it_rests_already_or_not(int apart, int expected)
    {
        var pause = TimeSpan.FromMicroseconds(apart);
        Turn(times: 1000, pause);
        for (var turn = 0; turn < 1000; turn++)
        {
            // What comes next comes by its own clock, not by ours.
            Turn(times: 1, pause + TimeSpan.FromTicks(Math.Max(0, _pacer.RestAt(_now).Ticks)));
        }

        Assert.Equal(TimeSpan.FromMicroseconds(expected), _pacer.RestAt(_now));
    }

    [Fact]
    public void A_busy_loop_rests_until_its_last_turn_is_long_enough_ago()
    {
        Turn(times: 1000, TimeSpan.FromMicroseconds(300));
        var work = TimeSpan.FromMicroseconds(400);

        Assert.Equal(Spacing - work, _pacer.RestAt(_now + work));
        Assert.True(_pacer.RestAt(_now + Spacing + work) < TimeSpan.Zero);
    }

    [Fact]
    public void A_loop_that_rests_stays_busy_and_one_that_is_left_alone_becomes_quiet()
    {
        Turn(times: 1000, TimeSpan.FromMicroseconds(300));
        Turn(times: 1000, Spacing);
        Assert.Equal(Spacing, _pacer.RestAt(_now));

        Turn(times: 3, TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, _pacer.RestAt(_now));
    }

    private void Turn(int times, TimeSpan apart)
    {
        for (var turn = 0; turn < times; turn++)
        {
            _now += apart;
            _pacer.NoteTurn(_now);
        }
    }
}
