using System.Buffers.Binary;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Sctp.Chunks;

/*  RFC 9260 section 3.3.4:

    |   Type = 3    |   Flags = 0   |            Length             |
    |                      Cumulative TSN Ack                       |
    |          Advertised Receiver Window Credit (a_rwnd)           |
    |  Number of Gap Ack Blocks = N |  Number of Duplicate TSNs = X |
    |   Gap Ack Block #1 Start      |     Gap Ack Block #1 End      |   offsets from the cumulative TSN
    |                              ...                              |
    |                        Duplicate TSN 1                        |
    |                              ...                              |
*/

/// <summary>What the peer has received.</summary>
internal readonly ref struct SackChunk
{
    /// <summary>Bytes of the value before the blocks.</summary>
    public const int FixedLength = 12;

    private readonly ReadOnlySpan<byte> _value;

    private SackChunk(ReadOnlySpan<byte> value) => _value = value;

    /// <summary>Gets the last TSN before the first gap.</summary>
    public Tsn CumulativeTsn => new(BinaryPrimitives.ReadUInt32BigEndian(_value));

    /// <summary>Gets how many bytes the peer can take beyond what it has.</summary>
    public uint ReceiverWindow => BinaryPrimitives.ReadUInt32BigEndian(_value[4..]);

    /// <summary>Gets the number of gap ack blocks.</summary>
    public int GapBlocks => BinaryPrimitives.ReadUInt16BigEndian(_value[8..]);

    /// <summary>Gets a block: the first and last offset from the cumulative TSN that were received.</summary>
    public (int First, int Last) GapBlock(int index)
    {
        var block = _value[(FixedLength + (index * 4))..];
        return (BinaryPrimitives.ReadUInt16BigEndian(block), BinaryPrimitives.ReadUInt16BigEndian(block[2..]));
    }

    /// <summary>Reads a SACK chunk.</summary>
    public static PacketFault TryParse(Chunk chunk, out SackChunk sack)
    {
        sack = default;
        var value = chunk.Value;
        if (value.Length < FixedLength)
        {
            return PacketFault.SctpMalformed;
        }

        var entries =
            BinaryPrimitives.ReadUInt16BigEndian(value[8..]) + BinaryPrimitives.ReadUInt16BigEndian(value[10..]);
        if (value.Length < FixedLength + (entries * 4))
        {
            return PacketFault.SctpMalformed;
        }

        sack = new(value);
        return PacketFault.None;
    }

    /// <summary>Writes a SACK chunk; blocks and duplicates beyond the room are left out.</summary>
    public static void Write(
        ref PacketWriter writer,
        Tsn cumulative,
        uint receiverWindow,
        scoped ReadOnlySpan<TsnRange> gaps,
        scoped ReadOnlySpan<Tsn> duplicates
    )
    {
        var entries = (writer.Room - FixedLength) / 4;
        gaps = gaps[..Math.Min(gaps.Length, entries)];
        duplicates = duplicates[..Math.Min(duplicates.Length, entries - gaps.Length)];
        var value = writer.Add(ChunkType.Sack, 0, FixedLength + ((gaps.Length + duplicates.Length) * 4));
        BinaryPrimitives.WriteUInt32BigEndian(value, cumulative.Value);
        BinaryPrimitives.WriteUInt32BigEndian(value[4..], receiverWindow);
        BinaryPrimitives.WriteUInt16BigEndian(value[8..], (ushort)gaps.Length);
        BinaryPrimitives.WriteUInt16BigEndian(value[10..], (ushort)duplicates.Length);
        value = value[FixedLength..];
        foreach (var gap in gaps)
        {
            BinaryPrimitives.WriteUInt16BigEndian(value, (ushort)gap.First.DistanceFrom(cumulative));
            BinaryPrimitives.WriteUInt16BigEndian(value[2..], (ushort)gap.Last.DistanceFrom(cumulative));
            value = value[4..];
        }

        foreach (var duplicate in duplicates)
        {
            BinaryPrimitives.WriteUInt32BigEndian(value, duplicate.Value);
            value = value[4..];
        }
    }
}

/// <summary>TSNs received without a gap between them.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last, not before the first.</param>
internal readonly record struct TsnRange(Tsn First, Tsn Last);
