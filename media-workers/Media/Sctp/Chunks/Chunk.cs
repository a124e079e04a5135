namespace EventMeet.Media.Sctp.Chunks;

/*  RFC 9260 section 3.2:

    |  Type (8)     |  Flags (8)    |  Length (16), header included, padding not  |
    |                       Value, then 0 to 3 bytes of padding                   |
*/

/// <summary>One chunk; valid only while the packet is.</summary>
internal readonly ref struct Chunk(ReadOnlySpan<byte> bytes)
{
    /// <summary>Gets header and value, without padding.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>Gets the type.</summary>
    public ChunkType Type => (ChunkType)Bytes[0];

    /// <summary>Gets the flags.</summary>
    public byte Flags => Bytes[1];

    /// <summary>Gets everything after the four bytes of the header.</summary>
    public ReadOnlySpan<byte> Value => Bytes[ChunkReader.HeaderLength..];
}
