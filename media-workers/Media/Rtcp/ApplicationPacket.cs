/*  RFC 3550 section 6.7

    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |V=2|P| subtype |   PT=APP=204  |             length            |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |                           SSRC/CSRC                           |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |                          name (ASCII)                         |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |              application-dependent data, whole words          |
*/
using EventMeet.Media.Packets;

namespace EventMeet.Media.Rtcp;

/// <summary>A view of an APP packet; valid only while the datagram is.</summary>
internal readonly ref struct ApplicationPacket
{
    /// <summary>Bytes before the data, the packet's header included.</summary>
    public const int HeaderLength = 12;

    private const int DataOffset = 8; // in the body

    private ApplicationPacket(uint ssrc, uint name, ReadOnlySpan<byte> data)
    {
        Ssrc = ssrc;
        Name = name;
        Data = data;
    }

    /// <summary>Gets who sends it.</summary>
    public uint Ssrc { get; }

    /// <summary>Gets the four characters of its name as a big-endian word.</summary>
    public uint Name { get; }

    /// <summary>Gets the data; may be empty.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Reads an APP packet.</summary>
    public static PacketFault TryParse(scoped in RtcpPacket packet, out ApplicationPacket application)
    {
        var valid = packet.Type == RtcpPacketType.Application && packet.Body.Length >= DataOffset;
        application = valid ? new(packet.ReadWord(0), packet.ReadWord(4), packet.Body[DataOffset..]) : default;
        return valid ? PacketFault.None : PacketFault.RtcpMalformed;
    }
}
