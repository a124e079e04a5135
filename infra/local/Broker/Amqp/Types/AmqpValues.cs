namespace EventMeet.Broker.Amqp.Types;

/*  How AMQP 1.0 section 1.6's types are held here, so that a value that is read and written again keeps its type:
      null null · boolean bool · ubyte byte · ushort ushort · uint uint · ulong ulong · byte sbyte · short short ·
      int int · long long · float float · double double · uuid Guid · binary byte[] · string string · list object?[]
      char, timestamp, symbol, map, array and described are the types below; decimals stay encoded (RawValue).     */

/// <summary>A symbol.</summary>
internal readonly record struct Symbol(string Text)
{
    public override string ToString() => Text;
}

/// <summary>Milliseconds since 1970, UTC.</summary>
internal readonly record struct Timestamp(long Milliseconds)
{
    internal static Timestamp From(DateTimeOffset time) => new(time.ToUnixTimeMilliseconds());

    /// <summary>The moment, cut to what .NET can express.</summary>
    internal DateTimeOffset ToTime() =>
        DateTimeOffset.FromUnixTimeMilliseconds(
            Math.Clamp(
                Milliseconds,
                DateTimeOffset.MinValue.ToUnixTimeMilliseconds(),
                DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            )
        );
}

/// <summary>A Unicode character, UTF-32.</summary>
internal readonly record struct Character(uint CodePoint);

/// <summary>A value with a descriptor.</summary>
internal sealed record Described(object? Descriptor, object? Value);

/// <summary>A value that is passed on as it came.</summary>
internal sealed record RawValue(byte[] Encoded);

/// <summary>An array: its elements, and the bytes it came in when it was read.</summary>
internal sealed record AmqpArray(object?[] Items, byte[]? Encoded)
{
    internal static AmqpArray Of<T>(IEnumerable<T> items) => new([.. items.Cast<object?>()], null);
}

/// <summary>A map in the order in which it was written.</summary>
internal sealed class AmqpMap : List<KeyValuePair<object?, object?>>
{
    /// <summary>Gets the value of a key that is a string or a symbol; null when it is not there.</summary>
    internal object? this[string key]
    {
        get
        {
            var index = IndexOf(key);
            return index < 0 ? null : this[index].Value;
        }
    }

    internal bool Contains(string key) => IndexOf(key) >= 0;

    internal void Add(string key, object? value) => Add(new KeyValuePair<object?, object?>(key, value));

    internal void Add(Symbol key, object? value) => Add(new KeyValuePair<object?, object?>(key, value));

    /// <summary>Sets a value; a new key is of the kind given.</summary>
    internal void Set(object key, object? value)
    {
        var index = IndexOf(key.ToString()!);
        var entry = new KeyValuePair<object?, object?>(key, value);
        if (index < 0)
        {
            Add(entry);
        }
        else
        {
            this[index] = entry;
        }
    }

    internal void RemoveKey(string key)
    {
        var index = IndexOf(key);
        if (index >= 0)
        {
            RemoveAt(index);
        }
    }

    private int IndexOf(string key) =>
        FindIndex(entry =>
            entry.Key switch
            {
                string text => text.Equals(key, StringComparison.Ordinal),
                Symbol symbol => symbol.Text.Equals(key, StringComparison.Ordinal),
                _ => false,
            }
        );
}
