using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace EventMeet.Broker.Amqp.Types;

/// <summary>
/// Reads AMQP values from bytes of a stranger: false for whatever does not fit, never an exception, and never more
/// memory than the bytes that are there can account for.
/// </summary>
internal ref struct AmqpReader(ReadOnlySpan<byte> bytes)
{
    // Deeper than any client nests; the stack holds many times that.
    private const int MaxDepth = 32;

    // An array of nulls costs no bytes per element on the wire, and must not cost more than this here.
    private const int MaxEmptyElements = 4096;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: false);

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;

    internal readonly int Position => _position;

    internal readonly bool AtEnd => _position == _bytes.Length;

    /// <summary>Reads one value.</summary>
    internal bool TryRead(out object? value) => TryRead(0, out value);

    /// <summary>Passes over one value without looking into it.</summary>
    internal bool TrySkip()
    {
        for (var descriptors = 0; descriptors <= MaxDepth; descriptors++)
        {
            if (!TryByte(out var code))
            {
                return false;
            }

            if (code == FormatCode.Described)
            {
                if (!TrySkipPlain())
                {
                    return false;
                }

                continue;
            }

            return TrySkip(code);
        }

        return false;
    }

    /// <summary>Reads a described value's descriptor, which must be a number.</summary>
    internal bool TryDescriptor(out ulong descriptor)
    {
        descriptor = 0;
        if (!TryByte(out var code) || code != FormatCode.Described || !TryRead(MaxDepth, out var value))
        {
            return false;
        }

        if (value is ulong number)
        {
            descriptor = number;
            return true;
        }

        return value is Symbol symbol && Descriptors.TryFromName(symbol.Text, out descriptor);
    }

    /// <summary>Opens a list: how many values follow.</summary>
    internal bool TryListStart(out int count)
    {
        count = 0;
        if (!TryByte(out var code))
        {
            return false;
        }

        return code == FormatCode.List0
            || (code is FormatCode.List8 or FormatCode.List32 && TryCompound(code, out _, out count));
    }

    private bool TryRead(int depth, out object? value)
    {
        value = null;
        return TryByte(out var code)
            && (code == FormatCode.Described ? TryDescribed(depth, out value) : TryRead(code, depth, out value));
    }

    private bool TryDescribed(int depth, [NotNullWhen(true)] out object? value)
    {
        value = null;
        if (depth >= MaxDepth || !TryRead(depth + 1, out var descriptor) || !TryRead(depth + 1, out var inner))
        {
            return false;
        }

        value = new Described(descriptor, inner);
        return true;
    }

    private bool TryRead(byte code, int depth, out object? value)
    {
        value = null;
        switch (code >> 4)
        {
            case 0x4:
                return TryConstant(code, out value);
            case 0x5 or 0x6 or 0x7 or 0x8 or 0x9:
                return TryFixed(code, out value);
            case 0xA or 0xB:
                return TryVariable(code, out value);
            case 0xC or 0xD:
                return depth < MaxDepth && TryCollection(code, depth, out value);
            case 0xE or 0xF:
                return depth < MaxDepth && TryArray(code, depth, out value);
            default:
                return false;
        }
    }

    private static bool TryConstant(byte code, out object? value)
    {
        value = code switch
        {
            FormatCode.True => true,
            FormatCode.False => false,
            FormatCode.UInt0 => 0u,
            FormatCode.ULong0 => 0ul,
            FormatCode.List0 => Array.Empty<object?>(),
            _ => null,
        };
        return code is >= FormatCode.Null and <= FormatCode.List0;
    }

    private bool TryFixed(byte code, out object? value)
    {
        value = null;
        if (!TryTake(WidthOf(code), out var raw))
        {
            return false;
        }

        value = code switch
        {
            FormatCode.UByte => raw[0],
            FormatCode.Byte => (sbyte)raw[0],
            FormatCode.SmallUInt => (uint)raw[0],
            FormatCode.SmallULong => (ulong)raw[0],
            FormatCode.SmallInt => (int)(sbyte)raw[0],
            FormatCode.SmallLong => (long)(sbyte)raw[0],
            FormatCode.Boolean => raw[0] != 0,
            FormatCode.UShort => BinaryPrimitives.ReadUInt16BigEndian(raw),
            FormatCode.Short => BinaryPrimitives.ReadInt16BigEndian(raw),
            FormatCode.UInt => BinaryPrimitives.ReadUInt32BigEndian(raw),
            FormatCode.Int => BinaryPrimitives.ReadInt32BigEndian(raw),
            FormatCode.Float => BinaryPrimitives.ReadSingleBigEndian(raw),
            FormatCode.Char => new Character(BinaryPrimitives.ReadUInt32BigEndian(raw)),
            FormatCode.ULong => BinaryPrimitives.ReadUInt64BigEndian(raw),
            FormatCode.Long => BinaryPrimitives.ReadInt64BigEndian(raw),
            FormatCode.Double => BinaryPrimitives.ReadDoubleBigEndian(raw),
            FormatCode.Timestamp => new Timestamp(BinaryPrimitives.ReadInt64BigEndian(raw)),
            FormatCode.Uuid => new Guid(raw, bigEndian: true),
            FormatCode.Decimal32 or FormatCode.Decimal64 or FormatCode.Decimal128 => new RawValue([code, .. raw]),
            _ => null,
        };
        return value is not null;
    }

    private bool TryVariable(byte code, out object? value)
    {
        value = null;
        if (!TryLength(code, out var length) || !TryTake(length, out var raw))
        {
            return false;
        }

        value = code switch
        {
            FormatCode.Binary8 or FormatCode.Binary32 => raw.ToArray(),
            FormatCode.String8 or FormatCode.String32 => StrictUtf8.GetString(raw),
            FormatCode.Symbol8 or FormatCode.Symbol32 => new Symbol(System.Text.Encoding.Latin1.GetString(raw)),
            _ => null,
        };
        return value is not null;
    }

    private bool TryCollection(byte code, int depth, out object? value)
    {
        value = null;
        if (!TryCompound(code, out var end, out var count))
        {
            return false;
        }

        var items = new object?[count];
        for (var i = 0; i < count; i++)
        {
            if (!TryRead(depth + 1, out items[i]))
            {
                return false;
            }
        }

        if (_position != end)
        {
            return false;
        }

        value = code is FormatCode.Map8 or FormatCode.Map32 ? ToMap(items) : items;
        return value is not null
            && code is FormatCode.List8 or FormatCode.List32 or FormatCode.Map8 or FormatCode.Map32;
    }

    private static AmqpMap? ToMap(object?[] items)
    {
        if (items.Length % 2 != 0)
        {
            return null;
        }

        var map = new AmqpMap();
        for (var i = 0; i < items.Length; i += 2)
        {
            map.Add(new KeyValuePair<object?, object?>(items[i], items[i + 1]));
        }

        return map;
    }

    private bool TryArray(byte code, int depth, out object? value)
    {
        value = null;
        var start = _position - 1;
        if (code is not (FormatCode.Array8 or FormatCode.Array32) || !TryLength(code, out var length))
        {
            return false;
        }

        var end = _position + length;
        if (length > _bytes.Length - _position || !TryCount(code, out var count) || !TryByte(out var element))
        {
            return false;
        }

        if (element == FormatCode.Described)
        {
            // Nothing here looks into arrays of described values; they are passed on.
            _position = end;
            value = new AmqpArray([], _bytes[start..end].ToArray());
            return true;
        }

        if (count > Math.Max(end - _position, MaxEmptyElements) || end < _position)
        {
            return false;
        }

        var items = new object?[count];
        for (var i = 0; i < count; i++)
        {
            if (!TryRead(element, depth + 1, out items[i]))
            {
                return false;
            }
        }

        value = new AmqpArray(items, _bytes[start..end].ToArray());
        return _position == end;
    }

    private bool TrySkipPlain() => TryByte(out var code) && code != FormatCode.Described && TrySkip(code);

    private bool TrySkip(byte code) =>
        (code >> 4) switch
        {
            0x4 => true,
            >= 0x5 and <= 0x9 => TryTake(WidthOf(code), out _),
            >= 0xA and <= 0xF => TryLength(code, out var length) && TryTake(length, out _),
            _ => false,
        };

    /// <summary>Reads size and count of a list or map; every element takes a byte at least, so the size bounds the count.</summary>
    private bool TryCompound(byte code, out int end, out int count)
    {
        end = count = 0;
        if (!TryLength(code, out var length) || length > _bytes.Length - _position)
        {
            return false;
        }

        end = _position + length;
        return TryCount(code, out count) && end >= _position && count <= end - _position;
    }

    private bool TryCount(byte code, out int count) => TryNumber(IsShort(code), out count);

    private bool TryLength(byte code, out int length) => TryNumber(IsShort(code), out length);

    private bool TryNumber(bool oneByte, out int number)
    {
        number = 0;
        if (!TryTake(oneByte ? 1 : 4, out var raw))
        {
            return false;
        }

        var read = oneByte ? raw[0] : BinaryPrimitives.ReadUInt32BigEndian(raw);
        number = (int)Math.Min(read, int.MaxValue);
        return read <= int.MaxValue;
    }

    private bool TryByte(out byte value)
    {
        var there = TryTake(1, out var raw);
        value = there ? raw[0] : (byte)0;
        return there;
    }

    private bool TryTake(int length, out ReadOnlySpan<byte> taken)
    {
        if (length > _bytes.Length - _position)
        {
            taken = default;
            return false;
        }

        taken = _bytes.Slice(_position, length);
        _position += length;
        return true;
    }

    private static int WidthOf(byte code) => 1 << ((code >> 4) - 5);

    private static bool IsShort(byte code) => (code >> 4) is 0xA or 0xC or 0xE;
}
