using System.Buffers.Binary;

namespace EventMeet.Media.Dtls;

/*  |  length (16)  |  that many bytes  |  length (16)  |  ...                                                             */

/// <summary>Messages in order in one array that grows to a bound; allocates nothing once it has grown.</summary>
/// <param name="maxLength">The bound in bytes, lengths included.</param>
internal sealed class DatagramQueue(int maxLength)
{
    private const int LengthLength = sizeof(ushort);
    private const int MinCapacity = 2048;

    private byte[] _bytes = [];
    private int _head;
    private int _tail;

    /// <summary>Gets a value indicating whether it holds nothing.</summary>
    public bool IsEmpty => _head == _tail;

    /// <summary>Adds a message; false when there is no room for it.</summary>
    public bool TryEnqueue(ReadOnlySpan<byte> message)
    {
        var length = LengthLength + message.Length;
        if (length > maxLength - (_tail - _head))
        {
            return false;
        }

        MakeRoom(length);
        BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(_tail), (ushort)message.Length);
        message.CopyTo(_bytes.AsSpan(_tail + LengthLength));
        _tail += length;
        return true;
    }

    /// <summary>Takes the oldest message.</summary>
    /// <param name="destination">At least as long as the longest message.</param>
    /// <param name="length">How long the message is.</param>
    public bool TryDequeue(Span<byte> destination, out int length)
    {
        length = 0;
        if (IsEmpty)
        {
            return false;
        }

        length = BinaryPrimitives.ReadUInt16BigEndian(_bytes.AsSpan(_head));
        _bytes.AsSpan(_head + LengthLength, length).CopyTo(destination);
        _head += LengthLength + length;
        if (IsEmpty)
        {
            _head = _tail = 0;
        }

        return true;
    }

    /// <summary>Gives its memory back if it is empty.</summary>
    public void Trim()
    {
        if (IsEmpty)
        {
            _bytes = [];
        }
    }

    private void MakeRoom(int length)
    {
        if (_tail + length <= _bytes.Length)
        {
            return;
        }

        var held = _tail - _head;
        var needed = held + length;
        var target = _bytes;
        if (needed > _bytes.Length)
        {
            target = new byte[Math.Min(maxLength, Math.Max(MinCapacity, needed * 2))];
        }

        _bytes.AsSpan(_head, held).CopyTo(target);
        _bytes = target;
        (_head, _tail) = (0, held);
    }
}
