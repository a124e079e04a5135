using EventMeet.Media.Feedback;
using EventMeet.Media.Values;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Feedback;

public sealed class NackTrackerTests
{
    private readonly NackTracker _tracker = new() { RoundTrip = TimeSpan.FromMilliseconds(50) };
    private MonotonicTime _now = new(5_000_000);

    [Fact]
    public void A_packet_that_is_merely_late_is_not_asked_for()
    {
        Arrive(65_534, 65_535, 65_537);
        Assert.Empty(Take());
        Wait(9);
        Arrive(65_536);
        Wait(100);
        Assert.Empty(Take());
        Assert.Equal(MonotonicTime.Never, _tracker.NextTimeout);
    }

    [Fact]
    public void Three_newer_packets_or_ten_milliseconds_make_a_packet_lost()
    {
        Arrive(65_534, 65_536, 65_537);
        Assert.Empty(Take());
        Arrive(65_538);
        Assert.Equal([65_535], Take());

        Arrive(65_540);
        Assert.Equal(_now + TimeSpan.FromMilliseconds(10), _tracker.NextTimeout);
        Wait(10);
        Assert.Equal([3], Take());
    }

    [Fact]
    public void Asks_again_after_a_round_trip_and_gives_up_after_ten_times()
    {
        _tracker.RoundTrip = TimeSpan.FromMilliseconds(10);
        Arrive(1, 3);
        var asked = new List<double>();
        var begin = _now;
        while (_tracker.NextTimeout != MonotonicTime.Never)
        {
            _now = _tracker.NextTimeout;
            if (Take().Length > 0)
            {
                asked.Add((_now - begin).TotalMilliseconds);
            }
        }

        // After the reorder delay; then never sooner than 20 ms, and a little later each time.
        Assert.Equal([10, 30, 50, 75, 105, 140, 180, 225, 275, 330], asked);
        Assert.Equal(1, _tracker.AbandonedCount);
        Assert.Equal(0, _tracker.MissingCount);
    }

    [Fact]
    public void Gives_up_what_nobody_would_play_any_more()
    {
        _tracker.RoundTrip = TimeSpan.FromMilliseconds(5000); // spacing stays at most 400 ms
        Arrive(1, 3);
        Wait(10);
        Assert.Equal([2], Take());
        Wait(400);
        Assert.Equal([2], Take());
        Wait(400);
        Assert.Equal([2], Take());
        Wait(400);
        Assert.Empty(Take());
        Assert.Equal(1, _tracker.AbandonedCount);
    }

    [Fact]
    public void What_comes_is_not_asked_for_again()
    {
        Arrive(1, 5);
        Wait(10);
        Assert.Equal([2, 3, 4], Take());
        Arrive(3);
        Arrive(3);
        Assert.Equal(1, _tracker.RecoveredCount);
        Wait(100);
        Assert.Equal([2, 4], Take());
        Assert.Equal(5, _tracker.RequestCount);
    }

    [Fact]
    public void Learns_the_round_trip_from_packets_that_were_asked_for_once()
    {
        Arrive(1, 5);
        Wait(10);
        Assert.Equal([2, 3, 4], Take());
        Wait(34);
        Arrive(3); // 50 ms, and an eighth of 34 - 50
        Assert.Equal(TimeSpan.FromMilliseconds(48), _tracker.RoundTrip);
        Wait(100);
        Assert.Equal([2, 4], Take());
        Arrive(2, 4); // whose answer is this?
        Assert.Equal(TimeSpan.FromMilliseconds(48), _tracker.RoundTrip);
    }

    [Fact]
    public void What_does_not_fit_into_one_packet_stays_due()
    {
        Arrive(1, 6);
        Wait(10);
        var numbers = new SequenceNumber[3];
        Assert.True(_tracker.TryTakeNack(_now, numbers, out var count));
        Assert.Equal(3, count);
        Assert.Equal(_now, MonotonicTime.Soonest(_now, _tracker.NextTimeout + TimeSpan.FromMilliseconds(1000)));
        Assert.Equal([5], Take());
    }

    [Fact]
    public void A_hole_too_large_to_mend_becomes_one_key_frame_and_no_questions()
    {
        Arrive(1, 3, 4 + NackTracker.MaxMissing);
        Wait(100);
        Assert.Empty(Take());
        Assert.True(_tracker.TryTakeKeyFrameNeed());
        Assert.False(_tracker.TryTakeKeyFrameNeed());
        Arrive(6 + NackTracker.MaxMissing);
        Wait(10);
        Assert.Equal([5 + NackTracker.MaxMissing], Take());
        Assert.False(_tracker.TryTakeKeyFrameNeed());
    }

    [Fact]
    public void A_key_frame_makes_older_losses_irrelevant()
    {
        Arrive(1, 3, 6, 8);
        _tracker.HandleKeyFrame(new(6));
        Wait(10);
        Assert.Equal([7], Take());
    }

    [Property(MaxTest = 300)]
    public bool Never_asks_for_what_it_has_nor_more_than_it_may(ushort[] jumps)
    {
        var tracker = new NackTracker();
        var arrived = new HashSet<ushort>();
        var now = new MonotonicTime(0);
        var index = 100_000L;
        var numbers = new SequenceNumber[NackTracker.MaxMissing];
        foreach (var jump in jumps)
        {
            index += (jump % 40) - 15;
            now += TimeSpan.FromMilliseconds(jump % 7);
            tracker.HandleArrival(new(index), now);
            _ = arrived.Add((ushort)index);
            if (tracker.TryTakeNack(now, numbers, out var count))
            {
                if (numbers.AsSpan(0, count).ToArray().Any(number => arrived.Contains(number.Value)))
                {
                    return false;
                }
            }
        }

        return tracker.MissingCount <= NackTracker.MaxMissing && tracker.RequestCount <= 10L * 40 * jumps.Length;
    }

    private void Arrive(params long[] indices)
    {
        foreach (var index in indices)
        {
            _tracker.HandleArrival(new(index), _now);
        }
    }

    private void Wait(int milliseconds) => _now += TimeSpan.FromMilliseconds(milliseconds);

    private int[] Take()
    {
        var numbers = new SequenceNumber[64];
        _ = _tracker.TryTakeNack(_now, numbers, out var count);
        return [.. numbers.Take(count).Select(number => (int)number.Value)];
    }
}
