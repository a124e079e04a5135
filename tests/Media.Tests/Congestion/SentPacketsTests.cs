using EventMeet.Media.Congestion;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Congestion;

public sealed class SentPacketsTests
{
    private readonly SentPackets _sent = new();
    private MonotonicTime _now = new(5_000_000_000); // beyond 32 bits of microseconds

    [Fact]
    public void Has_nothing_until_the_first_packet()
    {
        Assert.Equal(0, _sent.Capacity);
        Assert.False(_sent.TryFind(0, out _));
        Assert.Equal(0, Add(100));
        Assert.Equal(SentPackets.SmallestCapacity, _sent.Capacity);
        Assert.True(_sent.TryFind(0, out var index));
        Assert.Equal(0, index);
        Assert.False(_sent.TryFind(1, out _));
        Assert.False(_sent.TryFind(65_535, out _));
    }

    [Fact]
    public void Numbers_wrap_and_find_the_newest_packet_that_has_them()
    {
        for (var count = 0; count < 65_540; count++)
        {
            Assert.Equal((ushort)count, Add(count & 1023));
        }

        Assert.True(_sent.TryFind(3, out var index));
        Assert.Equal(65_539, index);
        Assert.Equal(65_539 & 1023, _sent.At(index).Length);
        Assert.True(_sent.TryFind(65_535, out index));
        Assert.Equal(65_535, index);
        Assert.False(_sent.TryFind(4, out _));
    }

    [Fact]
    public void Grows_only_when_feedback_speaks_of_what_is_forgotten_and_no_further_than_its_cap()
    {
        AddMany(100_000, gapMicroseconds: 10);
        Assert.True(_sent.TryFind(NumberOf(100_000 - 128), out _));
        _sent.GrowIfTooShort();
        Assert.Equal(128, _sent.Capacity);

        Assert.False(_sent.TryFind(NumberOf(100_000 - 129), out _));
        _sent.GrowIfTooShort();
        _sent.GrowIfTooShort();
        Assert.Equal(256, _sent.Capacity);

        for (var round = 0; round < 20; round++)
        {
            Assert.False(_sent.TryFind(NumberOf(100_000 - 8000), out _));
            _sent.GrowIfTooShort();
        }

        Assert.Equal(SentPackets.LargestCapacity, _sent.Capacity);
        Assert.False(_sent.TryFind(NumberOf(100_000 - 9000), out _));
        _sent.GrowIfTooShort();
        Assert.Equal(SentPackets.LargestCapacity, _sent.Capacity);
    }

    [Fact]
    public void Counts_the_bytes_since_a_packet()
    {
        _ = Add(100);
        _ = Add(200);
        _ = Add(70_000);
        Assert.Equal(200 + 65_535, _sent.BytesSince(1));
        Assert.Equal(0, _sent.BytesSince(3));
    }

    private static ushort NumberOf(long index) => unchecked((ushort)index);

    private void AddMany(int count, int gapMicroseconds)
    {
        for (; count > 0; count--)
        {
            _ = Add(100);
            _now = new(_now.Microseconds + gapMicroseconds);
        }
    }

    private ushort Add(int length) => _sent.Add(length, _now);
}
