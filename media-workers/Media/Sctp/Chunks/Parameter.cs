using System.Buffers.Binary;

namespace EventMeet.Media.Sctp.Chunks;

/*  RFC 9260 section 3.2.1; error causes (section 3.3.10) have the same shape:

    |          Type (16)            |  Length (16), header included, padding not  |
    |                       Value, then 0 to 3 bytes of padding                   |
*/

/// <summary>One parameter; valid only while the packet is.</summary>
internal readonly ref struct Parameter(ReadOnlySpan<byte> bytes)
{
    /// <summary>Gets header and value, without padding.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>Gets the type.</summary>
    public ParameterType Type => (ParameterType)BinaryPrimitives.ReadUInt16BigEndian(Bytes);

    /// <summary>Gets everything after the four bytes of the header.</summary>
    public ReadOnlySpan<byte> Value => Bytes[ParameterReader.HeaderLength..];
}
