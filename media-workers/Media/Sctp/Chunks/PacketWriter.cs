using System.Buffers.Binary;
using System.Diagnostics;

namespace EventMeet.Media.Sctp.Chunks;

/// <summary>Writes one packet: common header, chunks, checksum (RFC 9260 section 3).</summary>
internal ref struct PacketWriter
{
    private readonly Span<byte> _destination;
    private int _lastData;

    /// <summary>Initializes a new instance of the <see cref="PacketWriter"/> struct and writes the common header.</summary>
    /// <param name="destination">As long as the packet may become.</param>
    /// <param name="options">The ports.</param>
    /// <param name="verificationTag">The peer's tag; zero before an INIT.</param>
    public PacketWriter(Span<byte> destination, SctpOptions options, uint verificationTag)
    {
        _destination = destination;
        BinaryPrimitives.WriteUInt16BigEndian(destination, options.LocalPort);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], options.RemotePort);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], verificationTag);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], 0);
        Length = SctpPacket.HeaderLength;
    }

    /// <summary>Gets the bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>Gets a value indicating whether no chunk was written.</summary>
    public readonly bool IsEmpty => Length == SctpPacket.HeaderLength;

    /// <summary>Gets how long the value of the next chunk may be; negative when not even its header fits.</summary>
    public readonly int Room => ((_destination.Length - Length) & ~3) - ChunkReader.HeaderLength;

    /// <summary>Writes a chunk's header and padding, and gives the place of its value, which is not cleared.</summary>
    public Span<byte> Add(ChunkType type, byte flags, int valueLength)
    {
        Debug.Assert(valueLength <= Room, "The caller looks for room first.");
        var length = ChunkReader.HeaderLength + valueLength;
        var padded = (length + 3) & ~3;
        var chunk = _destination.Slice(Length, padded);
        if (type == ChunkType.Data)
        {
            _lastData = Length;
        }

        chunk[0] = (byte)type;
        chunk[1] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(chunk[2..], (ushort)length);
        chunk[length..].Clear();
        Length += padded;
        return chunk[ChunkReader.HeaderLength..length];
    }

    /// <summary>Adds a chunk that was written before.</summary>
    public void AddWhole(ReadOnlySpan<byte> chunk) =>
        chunk[ChunkReader.HeaderLength..]
            .CopyTo(Add((ChunkType)chunk[0], chunk[1], chunk.Length - ChunkReader.HeaderLength));

    /// <summary>Asks the peer to acknowledge the last DATA chunk at once (I bit, RFC 9260 section 3.3.1).</summary>
    public readonly void AskForImmediateSack() => _destination[_lastData + 1] |= DataChunk.ImmediateFlag;

    /// <summary>Ends the packet.</summary>
    /// <param name="withChecksum">False where RFC 9653 allows zero.</param>
    /// <returns>The packet's length.</returns>
    public readonly int Finish(bool withChecksum)
    {
        if (withChecksum)
        {
            var checksum = SctpChecksum.Compute(_destination[..Length]);
            BinaryPrimitives.WriteUInt32LittleEndian(_destination[SctpChecksum.Offset..], checksum);
        }

        return Length;
    }
}
