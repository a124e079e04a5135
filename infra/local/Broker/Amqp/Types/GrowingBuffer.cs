namespace EventMeet.Broker.Amqp.Types;

/// <summary>Bytes that grow at the end, and whose earlier parts may be filled in later.</summary>
internal sealed class GrowingBuffer(int capacity)
{
    private byte[] _bytes = new byte[capacity];

    internal int Length { get; private set; }

    internal ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    internal ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    internal Span<byte> Reserve(int length)
    {
        if (_bytes.Length - Length < length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + length));
        }

        var span = _bytes.AsSpan(Length, length);
        Length += length;
        return span;
    }

    internal void Write(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    internal void WriteByte(byte value) => Reserve(1)[0] = value;

    internal Span<byte> At(int start, int length) => _bytes.AsSpan(0, Length).Slice(start, length);

    /// <summary>Empties it, and lets go of memory that only a burst needed.</summary>
    internal void Clear()
    {
        Length = 0;
        if (_bytes.Length > 256 * 1024)
        {
            _bytes = new byte[capacity];
        }
    }

    /// <summary>Drops bytes from the end.</summary>
    internal void Truncate(int length) => Length = length;

    /// <summary>Drops bytes from the front.</summary>
    internal void Consume(int length)
    {
        _bytes.AsSpan(length, Length - length).CopyTo(_bytes);
        Length -= length;
    }
}
