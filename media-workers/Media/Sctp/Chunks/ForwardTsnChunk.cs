using System.Buffers.Binary;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Sctp.Chunks;

/*  RFC 3758 section 3.2:

    |  Type = 192   |   Flags = 0   |            Length             |
    |                      New Cumulative TSN                       |
    |          Stream-1             |      Stream Sequence-1        |   ordered streams with skipped messages
    |                              ...                              |
*/

/// <summary>The sender has given up everything up to a TSN.</summary>
internal readonly ref struct ForwardTsnChunk
{
    /// <summary>Bytes of the value before the streams.</summary>
    public const int FixedLength = 4;

    private readonly ReadOnlySpan<byte> _value;

    private ForwardTsnChunk(ReadOnlySpan<byte> value) => _value = value;

    /// <summary>Gets the last TSN not to wait for.</summary>
    public Tsn NewCumulativeTsn => new(BinaryPrimitives.ReadUInt32BigEndian(_value));

    /// <summary>Gets how many streams have skipped messages.</summary>
    public int Streams => (_value.Length - FixedLength) / 4;

    /// <summary>Gets a stream and the last stream sequence number not to wait for.</summary>
    public SkippedStream Stream(int index)
    {
        var entry = _value[(FixedLength + (index * 4))..];
        return new(BinaryPrimitives.ReadUInt16BigEndian(entry), BinaryPrimitives.ReadUInt16BigEndian(entry[2..]));
    }

    /// <summary>Reads a FORWARD TSN chunk.</summary>
    public static PacketFault TryParse(Chunk chunk, out ForwardTsnChunk forward)
    {
        forward = default;
        if (chunk.Value.Length < FixedLength)
        {
            return PacketFault.SctpMalformed;
        }

        forward = new(chunk.Value);
        return PacketFault.None;
    }

    /// <summary>Writes a FORWARD TSN chunk.</summary>
    public static void Write(ref PacketWriter writer, Tsn newCumulative, scoped ReadOnlySpan<SkippedStream> streams)
    {
        var value = writer.Add(ChunkType.ForwardTsn, 0, FixedLength + (streams.Length * 4));
        BinaryPrimitives.WriteUInt32BigEndian(value, newCumulative.Value);
        value = value[FixedLength..];
        foreach (var (streamId, sequenceNumber) in streams)
        {
            BinaryPrimitives.WriteUInt16BigEndian(value, streamId);
            BinaryPrimitives.WriteUInt16BigEndian(value[2..], sequenceNumber);
            value = value[4..];
        }
    }
}

/// <summary>An ordered stream some of whose messages were given up.</summary>
/// <param name="StreamId">The stream.</param>
/// <param name="StreamSequenceNumber">The last one given up.</param>
internal readonly record struct SkippedStream(ushort StreamId, ushort StreamSequenceNumber);
