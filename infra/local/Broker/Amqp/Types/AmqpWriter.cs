using System.Buffers.Binary;
using System.Diagnostics;

namespace EventMeet.Broker.Amqp.Types;

/// <summary>Writes AMQP values at the end of a buffer.</summary>
internal sealed class AmqpWriter(GrowingBuffer buffer)
{
    private readonly GrowingBuffer _buffer = buffer;
    private readonly Stack<(int Start, int Count)> _open = new();
    private int _count;

    internal AmqpWriter()
        : this(new GrowingBuffer(256)) { }

    internal GrowingBuffer Buffer => _buffer;

    internal byte[] ToArray() => _buffer.Written.ToArray();

    /// <summary>Writes bytes that are encoded already; they count as one value of the list that is open.</summary>
    internal void Raw(ReadOnlySpan<byte> encoded)
    {
        _buffer.Write(encoded);
        _count++;
    }

    internal void Null() => Byte(FormatCode.Null);

    internal void Bool(bool? value) =>
        Byte(
            value is null ? FormatCode.Null
            : value.Value ? FormatCode.True
            : FormatCode.False
        );

    internal void UByte(byte? value)
    {
        if (value is { } number)
        {
            Raw([FormatCode.UByte, number]);
        }
        else
        {
            Null();
        }
    }

    internal void UShort(ushort? value)
    {
        if (value is not { } number)
        {
            Null();
            return;
        }

        var raw = Fixed(FormatCode.UShort, 2);
        BinaryPrimitives.WriteUInt16BigEndian(raw, number);
    }

    internal void UInt(uint? value)
    {
        switch (value)
        {
            case null:
                Null();
                break;
            case 0:
                Byte(FormatCode.UInt0);
                break;
            case <= byte.MaxValue:
                Raw([FormatCode.SmallUInt, (byte)value.Value]);
                break;
            default:
                BinaryPrimitives.WriteUInt32BigEndian(Fixed(FormatCode.UInt, 4), value.Value);
                break;
        }
    }

    internal void String(string? value)
    {
        if (value is null)
        {
            Null();
        }
        else
        {
            Variable(FormatCode.String8, FormatCode.String32, System.Text.Encoding.UTF8.GetBytes(value));
        }
    }

    internal void Symbol(string? value)
    {
        if (value is null)
        {
            Null();
        }
        else
        {
            Variable(FormatCode.Symbol8, FormatCode.Symbol32, System.Text.Encoding.Latin1.GetBytes(value));
        }
    }

    internal void Binary(ReadOnlySpan<byte> value) => Variable(FormatCode.Binary8, FormatCode.Binary32, value);

    /// <summary>Opens a described list; close it with <see cref="EndList"/>.</summary>
    internal void BeginList(ulong descriptor)
    {
        Descriptor(descriptor);
        Begin(FormatCode.List32);
    }

    internal void Descriptor(ulong descriptor) =>
        _buffer.Write([FormatCode.Described, FormatCode.SmallULong, checked((byte)descriptor)]);

    internal void EndList()
    {
        var (start, outer) = _open.Pop();
        Patch(start, (uint)(_buffer.Length - start - 4));
        Patch(start + 4, (uint)_count);
        _count = outer + 1;
    }

    /// <summary>Writes any value of those that <see cref="AmqpReader"/> gives.</summary>
    internal void Value(object? value)
    {
        switch (value)
        {
            case null:
                Null();
                break;
            case bool or byte or ushort or uint or string or Amqp.Types.Symbol or byte[]:
                Simple(value);
                break;
            case ulong and <= byte.MaxValue:
                Raw([FormatCode.SmallULong, (byte)(ulong)value]);
                break;
            case ulong number:
                BinaryPrimitives.WriteUInt64BigEndian(Fixed(FormatCode.ULong, 8), number);
                break;
            case sbyte number:
                Raw([FormatCode.Byte, (byte)number]);
                break;
            case short number:
                BinaryPrimitives.WriteInt16BigEndian(Fixed(FormatCode.Short, 2), number);
                break;
            case int number:
                BinaryPrimitives.WriteInt32BigEndian(Fixed(FormatCode.Int, 4), number);
                break;
            case long number:
                BinaryPrimitives.WriteInt64BigEndian(Fixed(FormatCode.Long, 8), number);
                break;
            case float number:
                BinaryPrimitives.WriteSingleBigEndian(Fixed(FormatCode.Float, 4), number);
                break;
            case double number:
                BinaryPrimitives.WriteDoubleBigEndian(Fixed(FormatCode.Double, 8), number);
                break;
            case Character character:
                BinaryPrimitives.WriteUInt32BigEndian(Fixed(FormatCode.Char, 4), character.CodePoint);
                break;
            case Timestamp time:
                BinaryPrimitives.WriteInt64BigEndian(Fixed(FormatCode.Timestamp, 8), time.Milliseconds);
                break;
            case Guid uuid:
                uuid.TryWriteBytes(Fixed(FormatCode.Uuid, 16), bigEndian: true, out _);
                break;
            default:
                Composite(value);
                break;
        }
    }

    private void Simple(object value)
    {
        switch (value)
        {
            case bool flag:
                Bool(flag);
                break;
            case byte number:
                UByte(number);
                break;
            case ushort number:
                UShort(number);
                break;
            case uint number:
                UInt(number);
                break;
            case string text:
                String(text);
                break;
            case Amqp.Types.Symbol symbol:
                Symbol(symbol.Text);
                break;
            case byte[] bytes:
                Binary(bytes);
                break;
        }
    }

    private void Composite(object value)
    {
        switch (value)
        {
            case object?[] list:
                Begin(FormatCode.List32);
                foreach (var item in list)
                {
                    Value(item);
                }

                EndList();
                break;
            case AmqpMap map:
                Begin(FormatCode.Map32);
                foreach (var (key, item) in map)
                {
                    Value(key);
                    Value(item);
                }

                EndList();
                break;
            case Described described:
                _buffer.WriteByte(FormatCode.Described);
                Value(described.Descriptor);
                _count--;
                Value(described.Value);
                break;
            case RawValue raw:
                Raw(raw.Encoded);
                break;
            case AmqpArray { Encoded: { } encoded }:
                Raw(encoded);
                break;
            case AmqpArray array:
                Array(array);
                break;
            default:
                throw new UnreachableException($"{value.GetType()} is no AMQP value.");
        }
    }

    /// <summary>Writes an array of one of the types that the broker's own replies hold.</summary>
    private void Array(AmqpArray array)
    {
        Begin(FormatCode.Array32);
        _buffer.Write([
            array.Items.FirstOrDefault() switch
            {
                Guid => FormatCode.Uuid,
                long => FormatCode.Long,
                Amqp.Types.Timestamp => FormatCode.Timestamp,
                Amqp.Types.Symbol => FormatCode.Symbol32,
                _ => FormatCode.String32,
            },
        ]);
        foreach (var item in array.Items)
        {
            Element(item);
            _count++;
        }

        EndList();
    }

    private void Element(object? item)
    {
        switch (item)
        {
            case Guid uuid:
                uuid.TryWriteBytes(Reserve(16), bigEndian: true, out _);
                break;
            case long number:
                BinaryPrimitives.WriteInt64BigEndian(Reserve(8), number);
                break;
            case Amqp.Types.Timestamp time:
                BinaryPrimitives.WriteInt64BigEndian(Reserve(8), time.Milliseconds);
                break;
            default:
                var text = System.Text.Encoding.UTF8.GetBytes(item?.ToString() ?? "");
                BinaryPrimitives.WriteUInt32BigEndian(Reserve(4), (uint)text.Length);
                _buffer.Write(text);
                break;
        }
    }

    private void Begin(byte code)
    {
        _buffer.WriteByte(code);
        _open.Push((_buffer.Length, _count));
        _count = 0;
        _buffer.Write([0, 0, 0, 0, 0, 0, 0, 0]);
    }

    private void Byte(byte value)
    {
        _buffer.WriteByte(value);
        _count++;
    }

    private Span<byte> Fixed(byte code, int width)
    {
        _buffer.WriteByte(code);
        _count++;
        return Reserve(width);
    }

    private Span<byte> Reserve(int width) => _buffer.Reserve(width);

    private void Variable(byte shortCode, byte longCode, ReadOnlySpan<byte> value)
    {
        if (value.Length <= byte.MaxValue)
        {
            _buffer.Write([shortCode, (byte)value.Length]);
        }
        else
        {
            _buffer.WriteByte(longCode);
            BinaryPrimitives.WriteUInt32BigEndian(Reserve(4), (uint)value.Length);
        }

        _buffer.Write(value);
        _count++;
    }

    private void Patch(int at, uint value) => BinaryPrimitives.WriteUInt32BigEndian(_buffer.At(at, 4), value);
}
