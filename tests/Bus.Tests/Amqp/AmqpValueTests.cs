using EventMeet.Broker.Amqp.Types;
using FsCheck.Xunit;

namespace EventMeet.Bus.Tests.Amqp;

public sealed class AmqpValueTests
{
    // AMQP 1.0 part 1, figures 1.3 and 1.4: a described list with a string, an array of symbols and a null.
    private static readonly byte[] Golden =
    [
        0x00,
        0x53,
        0x10, // described by 0x10
        0xC0,
        0x13,
        0x03, // list8, 19 bytes, 3 elements
        0xA1,
        0x03,
        0x6F,
        0x6E,
        0x65, // "one"
        0xE0,
        0x0A,
        0x02,
        0xA3,
        0x03,
        0x74,
        0x77,
        0x6F,
        0x03,
        0x73,
        0x69,
        0x78, // array8 of sym8: two, six
        0x40, // null
    ];

    [Fact]
    public void An_annotated_value_is_read_byte_by_byte()
    {
        var reader = new AmqpReader(Golden);
        Assert.True(reader.TryRead(out var value));
        Assert.True(reader.AtEnd);
        var described = Assert.IsType<Described>(value);
        Assert.Equal(0x10ul, described.Descriptor);
        var list = Assert.IsType<object?[]>(described.Value);
        Assert.Equal("one", list[0]);
        Assert.Equal([new Symbol("two"), new Symbol("six")], Assert.IsType<AmqpArray>(list[1]).Items);
        Assert.Null(list[2]);
        var writer = new AmqpWriter();
        writer.Value(list[1]);
        Assert.Equal(Golden[11..23], writer.ToArray());
    }

    [Fact]
    public void A_value_that_is_cut_anywhere_is_refused()
    {
        for (var length = 0; length < Golden.Length; length++)
        {
            var reader = new AmqpReader(Golden.AsSpan(0, length));
            Assert.False(reader.TryRead(out _));
            var skipper = new AmqpReader(Golden.AsSpan(0, length));
            Assert.False(skipper.TrySkip());
        }
    }

    [Property(Arbitrary = [typeof(AnyValues)], MaxTest = 500)]
    public void What_is_written_is_read_again(AnyValue any)
    {
        var writer = new AmqpWriter();
        writer.Value(any.Value);
        var first = writer.ToArray();
        var reader = new AmqpReader(first);
        Assert.True(reader.TryRead(out var value));
        Assert.True(reader.AtEnd);
        var again = new AmqpWriter();
        again.Value(value);
        Assert.Equal(first, again.ToArray());
        var skipper = new AmqpReader(first);
        Assert.True(skipper.TrySkip());
        Assert.True(skipper.AtEnd);
    }

    [Property(MaxTest = 2000)]
    public void Bytes_of_any_kind_neither_throw_nor_allocate_beyond_measure(byte[] bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var reader = new AmqpReader(bytes);
        reader.TryRead(out _);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(allocated, 0, 128 * 1024 + (bytes.Length * 256L));
        new AmqpReader(bytes).TrySkip();
    }

    [Theory]
    [InlineData(new byte[] { 0xF0, 0, 0, 0, 5, 0x7F, 0xFF, 0xFF, 0xFF, 0x40 })] // two thousand million nulls
    [InlineData(new byte[] { 0xD0, 0, 0, 0, 4, 0x7F, 0xFF, 0xFF, 0xFF })] // a list of as many
    [InlineData(new byte[] { 0xB0, 0xFF, 0xFF, 0xFF, 0xFF })] // four gigabytes
    [InlineData(new byte[] { 0xD1, 0, 0, 0, 5, 0, 0, 0, 1, 0x40 })] // a map of one key and no value
    [InlineData(new byte[] { 0x3F })] // no such constructor
    public void A_value_that_lies_about_its_size_is_refused(byte[] bytes)
    {
        var reader = new AmqpReader(bytes);
        Assert.False(reader.TryRead(out _));
    }

    [Theory]
    [InlineData(new byte[] { 0x00 })] // descriptors of descriptors
    [InlineData(new byte[] { 0xD0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 1 })] // lists of lists
    [InlineData(new byte[] { 0xC0, 0xFF, 1 })]
    public void A_value_nested_without_end_is_refused(byte[] pattern)
    {
        var bytes = new byte[60_000];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = pattern[i % pattern.Length];
        }

        Assert.False(new AmqpReader(bytes).TryRead(out _));
        new AmqpReader(bytes).TrySkip();
    }
}
