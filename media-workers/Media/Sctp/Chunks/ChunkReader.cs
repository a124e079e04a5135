using System.Buffers.Binary;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Sctp.Chunks;

/// <summary>Goes through the chunks of a packet.</summary>
internal ref struct ChunkReader(ReadOnlySpan<byte> chunks)
{
    /// <summary>Bytes of type, flags and length.</summary>
    public const int HeaderLength = 4;

    private ReadOnlySpan<byte> _remaining = chunks;

    /// <summary>Gets a value indicating whether every chunk was read.</summary>
    public readonly bool IsAtEnd => _remaining.IsEmpty;

    /// <summary>Reads the next chunk. The padding of the last one may be missing.</summary>
    public PacketFault TryRead(out Chunk chunk)
    {
        chunk = default;
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

        chunk = new(_remaining[..length]);
        _remaining = _remaining[Math.Min(_remaining.Length, (length + 3) & ~3)..];
        return PacketFault.None;
    }
}
