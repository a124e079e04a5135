using EventMeet.Broker.Amqp.Types;
using FsCheck;
using FsCheck.Fluent;

namespace EventMeet.Bus.Tests.Amqp;

/// <summary>Values of every type, nested a little.</summary>
public static class AnyValues
{
    public static Arbitrary<AnyValue> Any() => Nested(3).Select(value => new AnyValue(value)).ToArbitrary();

    private static Gen<object?> Nested(int depth)
    {
        var flat = Gen.OneOf(Flat());
        if (depth == 0)
        {
            return flat;
        }

        var inner = Nested(depth - 1);
        return Gen.Frequency(
            (4, flat),
            (1, inner.ArrayOf(4).Select(items => (object?)items)),
            (1, inner.ArrayOf(3).Select(items => (object?)ToMap(items))),
            (1, inner.Select(value => (object?)new Described(5ul, value)))
        );
    }

    private static Gen<object?>[] Flat() =>
        [
            Gen.Constant((object?)null),
            Box<bool>(),
            Box<byte>(),
            Box<sbyte>(),
            Box<ushort>(),
            Box<short>(),
            Box<uint>(),
            Box<int>(),
            Box<ulong>(),
            Box<long>(),
            Box<float>(),
            Box<double>(),
            Box<Guid>(),
            ArbMap.Default.GeneratorFor<byte[]>().Select(bytes => (object?)bytes),
            ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => (object?)text.Get),
            ArbMap.Default.GeneratorFor<long>().Select(number => (object?)new Timestamp(number)),
            ArbMap.Default.GeneratorFor<uint>().Select(number => (object?)new Character(number)),
            Gen.Elements("a", "com.microsoft:x").Select(text => (object?)new Symbol(text)),
            Gen.Constant((object?)new byte[300]),
            Gen.Constant((object?)new string('x', 300)),
            Gen.Constant((object?)AmqpArray.Of([1L, 2L])),
            Gen.Constant((object?)AmqpArray.Of([Guid.Empty])),
        ];

    private static Gen<object?> Box<T>() => ArbMap.Default.GeneratorFor<T>().Select(value => (object?)value);

    private static AmqpMap ToMap(object?[] items)
    {
        var map = new AmqpMap();
        for (var i = 0; i < items.Length; i++)
        {
            map.Add($"key{i}", items[i]);
        }

        return map;
    }
}
