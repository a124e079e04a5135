using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Values;

public sealed class PacketIndexTests
{
    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(65_535, 0, 65_536)]
    [InlineData(65_536, 65_535, 65_535)]
    [InlineData(0, 65_535, 65_535)]
    [InlineData(200_000, 3_392, 200_000)]
    public void Unwraps_to_the_nearest_index_that_is_not_negative(long newest, int wire, long expected) =>
        Assert.Equal(expected, new PacketIndex(newest).Unwrap(new SequenceNumber((ushort)wire)).Value);
}
