using EventMeet.Media.Values;
using EventMeet.Sfu;

namespace EventMeet.Workers.Tests.Net;

public sealed class ReportPacerTests
{
    private readonly ReportPacer _pacer = new();
    private MonotonicTime _now = MonotonicTime.Zero + TimeSpan.FromSeconds(1);

    [Fact]
    public void Rare_reports_wake_the_loop_each()
    {
        for (var times = 0; times < 10; times++)
        {
            Assert.False(Read(found: true, after: ReportPacer.LongestWait));
            Assert.True(_pacer.IsWatching);
            Assert.Equal(MonotonicTime.Never, _pacer.NextRead);
        }
    }

    [Fact]
    public void Frequent_ones_are_read_with_what_else_wakes_it_and_wait_for_ten_milliseconds_at_most()
    {
        _ = Read(found: true, after: TimeSpan.FromMilliseconds(5));
        Assert.True(Read(found: true, after: TimeSpan.FromMilliseconds(5)));
        Assert.False(_pacer.IsWatching);
        Assert.Equal(_now + ReportPacer.LongestWait, _pacer.NextRead);

        Assert.False(Read(found: true, after: TimeSpan.FromMilliseconds(9)));
        Assert.Equal(_now + ReportPacer.LongestWait, _pacer.NextRead);
        Assert.False(Read(found: false, after: TimeSpan.FromMilliseconds(9)));
        Assert.False(_pacer.IsWatching);
    }

    [Fact]
    public void They_wake_it_again_once_there_were_none_for_ten_milliseconds()
    {
        _ = Read(found: true, after: TimeSpan.FromMilliseconds(5));
        _ = Read(found: true, after: TimeSpan.FromMilliseconds(5));

        Assert.True(Read(found: false, after: ReportPacer.LongestWait));
        Assert.True(_pacer.IsWatching);
    }

    [Fact]
    public void What_a_turn_does_not_get_through_is_read_in_the_next_one()
    {
        _ = Read(found: true, after: TimeSpan.FromMilliseconds(5));
        _ = Read(found: true, after: TimeSpan.FromMilliseconds(5), isBehind: true);
        Assert.False(_pacer.IsWatching);
        Assert.Equal(_now, _pacer.NextRead);

        _ = Read(found: true, after: TimeSpan.FromMilliseconds(1));
        Assert.Equal(_now + ReportPacer.LongestWait, _pacer.NextRead);
    }

    private bool Read(bool found, TimeSpan after, bool isBehind = false)
    {
        _now += after;
        return _pacer.NoteRead(found, isBehind, _now);
    }
}
