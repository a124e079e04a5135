using System.Buffers.Binary;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Sctp.Chunks;

/*  RFC 9260 section 3.3.1:

    |   Type = 0    |  Res  |I|U|B|E|            Length             |
    |                              TSN                              |
    |      Stream Identifier S      |   Stream Sequence Number n    |
    |                  Payload Protocol Identifier                  |
    |                  User Data (seq n of Stream S)                |
*/

/// <summary>A fragment of a message, or a whole one.</summary>
internal readonly ref struct DataChunk
{
    /// <summary>Bytes of the chunk before the user data.</summary>
    public const int HeaderLength = 16;

    /// <summary>The last fragment.</summary>
    public const byte EndFlag = 1;

    /// <summary>The first fragment.</summary>
    public const byte BeginFlag = 2;

    /// <summary>The message may overtake others.</summary>
    public const byte UnorderedFlag = 4;

    /// <summary>The SACK shall not be delayed.</summary>
    public const byte ImmediateFlag = 8;

    private const int ValueHeaderLength = HeaderLength - ChunkReader.HeaderLength;

    private readonly Chunk _chunk;

    private DataChunk(Chunk chunk) => _chunk = chunk;

    /// <summary>Gets a value indicating whether this is the first fragment.</summary>
    public bool IsBegin => (_chunk.Flags & BeginFlag) != 0;

    /// <summary>Gets a value indicating whether this is the last fragment.</summary>
    public bool IsEnd => (_chunk.Flags & EndFlag) != 0;

    /// <summary>Gets a value indicating whether the message may overtake others.</summary>
    public bool IsUnordered => (_chunk.Flags & UnorderedFlag) != 0;

    /// <summary>Gets a value indicating whether the sender waits for the acknowledgement.</summary>
    public bool IsImmediate => (_chunk.Flags & ImmediateFlag) != 0;

    /// <summary>Gets the transmission sequence number.</summary>
    public Tsn Tsn => new(BinaryPrimitives.ReadUInt32BigEndian(_chunk.Value));

    /// <summary>Gets the stream.</summary>
    public ushort StreamId => BinaryPrimitives.ReadUInt16BigEndian(_chunk.Value[4..]);

    /// <summary>Gets the stream sequence number; meaningless when unordered.</summary>
    public ushort StreamSequenceNumber => BinaryPrimitives.ReadUInt16BigEndian(_chunk.Value[6..]);

    /// <summary>Gets what the user data is (RFC 8831 section 8).</summary>
    public uint PayloadProtocolIdentifier => BinaryPrimitives.ReadUInt32BigEndian(_chunk.Value[8..]);

    /// <summary>Gets the user data, never empty.</summary>
    public ReadOnlySpan<byte> Payload => _chunk.Value[ValueHeaderLength..];

    /// <summary>Reads a DATA chunk; one without user data is refused (RFC 9260 section 3.3.10.9).</summary>
    public static PacketFault TryParse(Chunk chunk, out DataChunk data)
    {
        data = default;
        if (chunk.Value.Length <= ValueHeaderLength)
        {
            return PacketFault.SctpMalformed;
        }

        data = new(chunk);
        return PacketFault.None;
    }

    /// <summary>Writes a DATA chunk.</summary>
    public static void Write(
        ref PacketWriter writer,
        byte flags,
        Tsn tsn,
        ushort streamId,
        ushort streamSequenceNumber,
        uint payloadProtocolIdentifier,
        ReadOnlySpan<byte> payload
    )
    {
        var value = writer.Add(ChunkType.Data, flags, ValueHeaderLength + payload.Length);
        BinaryPrimitives.WriteUInt32BigEndian(value, tsn.Value);
        BinaryPrimitives.WriteUInt16BigEndian(value[4..], streamId);
        BinaryPrimitives.WriteUInt16BigEndian(value[6..], streamSequenceNumber);
        BinaryPrimitives.WriteUInt32BigEndian(value[8..], payloadProtocolIdentifier);
        payload.CopyTo(value[ValueHeaderLength..]);
    }
}
