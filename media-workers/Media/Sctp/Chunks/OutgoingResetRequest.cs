using System.Buffers.Binary;
using System.Runtime.InteropServices;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Sctp.Chunks;

/*  RFC 6525 section 4.1, alone in a RE-CONFIG chunk:

    |          Type = 13            |      Length = 16 + 2 * N      |
    |           Re-configuration Request Sequence Number            |
    |           Re-configuration Response Sequence Number           |
    |                   Sender's Last Assigned TSN                  |
    |   Stream Number 1 (optional)  |   Stream Number 2 (optional)  |   none: all streams
*/

/// <summary>The sender begins streams anew at sequence number zero.</summary>
internal readonly ref struct OutgoingResetRequest
{
    private const int FixedLength = 12;

    private readonly ReadOnlySpan<byte> _value;

    private OutgoingResetRequest(ReadOnlySpan<byte> value) => _value = value;

    /// <summary>Gets the request's number.</summary>
    public uint SequenceNumber => BinaryPrimitives.ReadUInt32BigEndian(_value);

    /// <summary>Gets the last TSN sent before the reset.</summary>
    public Tsn LastAssignedTsn => new(BinaryPrimitives.ReadUInt32BigEndian(_value[8..]));

    /// <summary>Gets how many streams are named; none means all.</summary>
    public int Streams => (_value.Length - FixedLength) / 2;

    /// <summary>Gets a stream.</summary>
    public ushort Stream(int index) => BinaryPrimitives.ReadUInt16BigEndian(_value[(FixedLength + (index * 2))..]);

    /// <summary>Reads the parameter.</summary>
    public static PacketFault TryParse(Parameter parameter, out OutgoingResetRequest request)
    {
        request = default;
        if (parameter.Value.Length < FixedLength)
        {
            return PacketFault.SctpMalformed;
        }

        request = new(parameter.Value);
        return PacketFault.None;
    }

    /// <summary>Writes a RE-CONFIG chunk with this request alone.</summary>
    public static void Write(
        ref PacketWriter writer,
        uint sequenceNumber,
        uint responseSequenceNumber,
        Tsn lastAssigned,
        List<ushort> streams
    )
    {
        var length = LengthFor(streams.Count);
        var value = writer.Add(ChunkType.Reconfig, 0, length);
        BinaryPrimitives.WriteUInt16BigEndian(value, (ushort)ParameterType.OutgoingResetRequest);
        BinaryPrimitives.WriteUInt16BigEndian(value[2..], (ushort)length);
        BinaryPrimitives.WriteUInt32BigEndian(value[4..], sequenceNumber);
        BinaryPrimitives.WriteUInt32BigEndian(value[8..], responseSequenceNumber);
        BinaryPrimitives.WriteUInt32BigEndian(value[12..], lastAssigned.Value);
        value = value[16..];
        foreach (var stream in CollectionsMarshal.AsSpan(streams))
        {
            BinaryPrimitives.WriteUInt16BigEndian(value, stream);
            value = value[2..];
        }
    }

    /// <summary>How long the value of a RE-CONFIG chunk with so many streams is.</summary>
    public static int LengthFor(int streams) => ParameterReader.HeaderLength + FixedLength + (streams * 2);
}
