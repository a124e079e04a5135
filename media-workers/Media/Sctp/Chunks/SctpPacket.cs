using System.Buffers.Binary;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Sctp.Chunks;

/*  RFC 9260 section 3.1:

    +-------------------------------+-------------------------------+
    |      Source Port Number       |    Destination Port Number    |
    +-------------------------------+-------------------------------+
    |                       Verification Tag                        |
    +---------------------------------------------------------------+
    |            Checksum (least significant byte first)            |
    +---------------------------------------------------------------+
    |                     chunks, each padded to 4                  |
*/

/// <summary>A view of a packet's common header; valid only while the packet is.</summary>
internal readonly ref struct SctpPacket
{
    /// <summary>Bytes before the first chunk.</summary>
    public const int HeaderLength = 12;

    private SctpPacket(ReadOnlySpan<byte> packet) => Bytes = packet;

    /// <summary>Gets the whole packet.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Gets the sender's port.</summary>
    public ushort SourcePort => BinaryPrimitives.ReadUInt16BigEndian(Bytes);

    /// <summary>Gets the receiver's port.</summary>
    public ushort DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(Bytes[2..]);

    /// <summary>Gets the tag that proves the packet belongs to the association.</summary>
    public uint VerificationTag => BinaryPrimitives.ReadUInt32BigEndian(Bytes[4..]);

    /// <summary>Gets the checksum as sent; zero may mean there is none (RFC 9653).</summary>
    public uint Checksum => BinaryPrimitives.ReadUInt32LittleEndian(Bytes[SctpChecksum.Offset..]);

    /// <summary>Gets everything after the common header.</summary>
    public ReadOnlySpan<byte> Chunks => Bytes[HeaderLength..];

    /// <summary>Reads a packet. Neither checksum nor tag are judged here.</summary>
    public static PacketFault TryParse(ReadOnlySpan<byte> packet, out SctpPacket view)
    {
        view = default;
        if (packet.Length < HeaderLength + ChunkReader.HeaderLength)
        {
            return PacketFault.Truncated;
        }

        view = new(packet);
        return PacketFault.None;
    }
}
