using System.Buffers.Binary;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Sctp.Chunks;

/// <summary>Goes through the parameters of a chunk.</summary>
internal ref struct ParameterReader(ReadOnlySpan<byte> parameters)
{
    /// <summary>Bytes of type and length.</summary>
    public const int HeaderLength = 4;

    private ReadOnlySpan<byte> _remaining = parameters;

    /// <summary>Gets a value indicating whether every parameter was read.</summary>
    public readonly bool IsAtEnd => _remaining.IsEmpty;

    /// <summary>Reads the next parameter. The padding of the last one may be missing.</summary>
    public PacketFault TryRead(out Parameter parameter)
    {
        parameter = default;
        if (_remaining.Length < HeaderLength)
        {
            return PacketFault.Truncated;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(_remaining[2..]);
        if (length < HeaderLength)
        {
            return PacketFault.WrongLength;
        }

        if (length > _remaining.Length)
        {
            return PacketFault.Truncated;
        }

        parameter = new(_remaining[..length]);
        _remaining = _remaining[Math.Min(_remaining.Length, (length + 3) & ~3)..];
        return PacketFault.None;
    }
}
