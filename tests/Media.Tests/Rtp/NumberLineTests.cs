using EventMeet.Media.Rtp;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Rtp;

public sealed class NumberLineTests
{
    [Fact]
    public void A_lost_number_stays_open_and_a_dropped_one_closes()
    {
        var line = Started(first: 100, source: 10);
        Assert.Equal(100, Map(line, 10));
        Assert.Equal(102, Map(line, 12)); // 11 is late
        Assert.False(line.TryDrop(13, out _));
        Assert.False(line.TryDrop(13, out _));
        Assert.Equal(103, Map(line, 14));
        Assert.Equal(101, Map(line, 11));
        Assert.Equal(102, Map(line, 12));
        Assert.False(line.TryMap(13, out _));
    }

    [Fact]
    public void A_number_that_is_dropped_too_late_leaves_a_hole_once()
    {
        var line = Started(first: 0, source: 0);
        _ = Map(line, 0);
        _ = Map(line, 2);
        Assert.True(line.TryDrop(1, out var hole));
        Assert.Equal(1, hole);
        Assert.False(line.TryDrop(1, out _));
        Assert.False(line.TryMap(1, out _));
        Assert.False(line.TryDrop(2, out _));
        Assert.Equal(2, Map(line, 2));
    }

    [Fact]
    public void A_gap_in_front_of_a_dropped_number_stays_open()
    {
        var line = Started(first: 0, source: 0);
        _ = Map(line, 0);
        Assert.False(line.TryDrop(3, out _)); // 1 and 2 are lost
        Assert.Equal(3, Map(line, 4));
        Assert.Equal(1, Map(line, 1));
        Assert.Equal(2, Map(line, 2));
    }

    [Fact]
    public void Another_source_goes_on_with_the_next_number_and_the_old_one_is_not_found_again()
    {
        var line = Started(first: 0, source: 500);
        _ = Map(line, 500);
        _ = Map(line, 501);
        line.Start(7);
        Assert.Equal(2, Map(line, 7));
        Assert.False(line.TryMap(6, out _));
        Assert.False(line.TryMap(5, out _));
        Assert.True(line.TryMapBack(1, out var source, out var given));
        Assert.Equal((501, true), (source, given));
    }

    [Fact]
    public void An_inserted_number_belongs_to_nobody()
    {
        var line = Started(first: 0, source: 0);
        _ = Map(line, 0);
        Assert.Equal(1, line.Insert());
        Assert.Equal(2, line.Insert());
        Assert.Equal(0, Map(line, 0));
        Assert.Equal(4, Map(line, 2));
        Assert.Equal(3, Map(line, 1));
        Assert.False(line.TryMapBack(1, out _, out _));
    }

    [Fact]
    public void A_jump_beyond_the_memory_forgets_what_was_before()
    {
        var line = Started(first: 0, source: 0);
        _ = Map(line, 0);
        Assert.Equal(30_000, Map(line, 30_000));
        Assert.False(line.TryMap(0, out _));
        Assert.Equal(29_990, Map(line, 29_990));
        Assert.False(line.TryMap(29_000, out _));
        Assert.False(line.TryMapBack(29_000, out _, out _));
        Assert.False(line.TryMapBack(30_001, out _, out _));
    }

    [Property(MaxTest = 500)]
    public bool Agrees_with_a_simple_model(byte[] steps)
    {
        // The model keeps every number ever given; the line must agree within its memory.
        var line = Started(first: 65_000, source: 0);
        var model = new Dictionary<long, long>();
        var dropped = new HashSet<long>();
        var (newestSource, newest) = (-1L, 64_999L);
        foreach (var step in steps)
        {
            var source = Math.Max(0, newestSource + (step % 16) - 8);
            var drops = step >= 200;
            if (source > newestSource)
            {
                for (var between = newestSource + 1; between < source + (drops ? 0 : 1); between++)
                {
                    model[between] = ++newest;
                }

                newestSource = source;
            }
            else if (drops && model.ContainsKey(source) && !dropped.Contains(-source - 1))
            {
                dropped.Add(source);
            }

            if (drops)
            {
                _ = line.TryDrop(source, out _);
                continue;
            }

            var expected = model.TryGetValue(source, out var number) && !dropped.Contains(source);
            if (line.TryMap(source, out var outgoing) != expected || (expected && outgoing != number))
            {
                return false;
            }

            // Given now: dropping it later changes nothing.
            dropped.Add(-source - 1);
            if (expected && !(line.TryMapBack(outgoing, out var back, out var given) && given && back == source))
            {
                return false;
            }
        }

        return line.Newest == newest;
    }

    private static NumberLine Started(long first, long source)
    {
        var line = new NumberLine(64, first);
        line.Start(source);
        return line;
    }

    private static long Map(NumberLine line, long source)
    {
        Assert.True(line.TryMap(source, out var outgoing));
        return outgoing;
    }
}
