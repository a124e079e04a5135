namespace EventMeet.Broker.Amqp.Types;

/// <summary>
/// Reads a performative's fields one after the other; a field that is null or past the end is null. A field of the wrong
/// type sets <see cref="Failed"/>, which is looked at once, at the end.
/// </summary>
internal ref struct FieldReader
{
    private AmqpReader _reader;
    private int _remaining;

    private FieldReader(AmqpReader reader, int count)
    {
        _reader = reader;
        _remaining = count;
    }

    internal bool Failed { get; private set; }

    /// <summary>Opens the list at the reader's place.</summary>
    internal static bool TryOpen(AmqpReader reader, out FieldReader fields)
    {
        var there = reader.TryListStart(out var count);
        fields = new FieldReader(reader, there ? count : 0);
        return there;
    }

    internal static bool TryOpen(object? value, out object?[] fields)
    {
        fields = (value is Described described ? described.Value : value) as object?[] ?? [];
        return value is Described { Value: object?[] };
    }

    internal object? Any()
    {
        if (_remaining == 0 || Failed)
        {
            return null;
        }

        _remaining--;
        if (_reader.TryRead(out var value))
        {
            return value;
        }

        Failed = true;
        return null;
    }

    internal uint? UInt() => Typed<uint>();

    internal ushort? UShort() => Typed<ushort>();

    internal byte? UByte() => Typed<byte>();

    internal bool Bool() => Typed<bool>() ?? false;

    internal byte[]? Binary()
    {
        var value = Any();
        Failed |= value is not (null or byte[]);
        return value as byte[];
    }

    /// <summary>A string; a symbol is taken for one.</summary>
    internal string? Text()
    {
        var value = Any();
        Failed |= value is not (null or string or Symbol);
        return value is Symbol symbol ? symbol.Text : value as string;
    }

    internal AmqpMap? Map()
    {
        var value = Any();
        Failed |= value is not (null or AmqpMap);
        return value as AmqpMap;
    }

    internal Described? DescribedValue()
    {
        var value = Any();
        Failed |= value is not (null or Described);
        return value as Described;
    }

    /// <summary>How many bytes the list took, once all fields are read or passed over.</summary>
    internal bool TryFinish(out int position)
    {
        while (_remaining > 0 && !Failed)
        {
            _remaining--;
            Failed = !_reader.TrySkip();
        }

        position = _reader.Position;
        return !Failed;
    }

    private T? Typed<T>()
        where T : struct
    {
        var value = Any();
        Failed |= value is not (null or T);
        return value as T?;
    }
}
