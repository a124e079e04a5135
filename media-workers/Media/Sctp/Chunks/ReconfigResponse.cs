using System.Buffers.Binary;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Sctp.Chunks;

/*  RFC 6525 section 4.4:

    |          Type = 16            |      Length = 12 (or 20)      |
    |           Re-configuration Response Sequence Number           |
    |                            Result                             |
*/

/// <summary>The answer to a request.</summary>
/// <param name="SequenceNumber">The request's number.</param>
/// <param name="Result">How it ended.</param>
internal readonly record struct ReconfigResponse(uint SequenceNumber, ReconfigResult Result)
{
    /// <summary>How long the value of a RE-CONFIG chunk with a response is.</summary>
    public const int ChunkValueLength = 12;

    /// <summary>Reads the parameter.</summary>
    public static PacketFault TryParse(Parameter parameter, out ReconfigResponse response)
    {
        response = default;
        if (parameter.Value.Length < 8)
        {
            return PacketFault.SctpMalformed;
        }

        response = new(
            BinaryPrimitives.ReadUInt32BigEndian(parameter.Value),
            (ReconfigResult)BinaryPrimitives.ReadUInt32BigEndian(parameter.Value[4..])
        );
        return PacketFault.None;
    }

    /// <summary>Writes a RE-CONFIG chunk with this response alone.</summary>
    public void Write(ref PacketWriter writer)
    {
        var value = writer.Add(ChunkType.Reconfig, 0, ChunkValueLength);
        BinaryPrimitives.WriteUInt16BigEndian(value, (ushort)ParameterType.ReconfigResponse);
        BinaryPrimitives.WriteUInt16BigEndian(value[2..], ChunkValueLength);
        BinaryPrimitives.WriteUInt32BigEndian(value[4..], SequenceNumber);
        BinaryPrimitives.WriteUInt32BigEndian(value[8..], (uint)Result);
    }
}
