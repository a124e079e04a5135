/*  RFC 3550 section 6.5

    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |V=2|P|    SC   |  PT=SDES=202  |             length            |
    +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
    |                          SSRC/CSRC_1                          |  SC chunks, each:
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+  items, then one to four
    |    CNAME=1    |     length    | text                        ...   zeros up to a word
*/
using System.Buffers.Binary;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Rtcp;

/// <summary>Walks over the chunks of an SDES; valid only while the datagram is. Of the items only CNAME is shown.</summary>
internal ref struct SourceDescription
{
    /// <summary>The item type of a CNAME.</summary>
    public const byte CnameItem = 1;

    private ReadOnlySpan<byte> _rest;
    private int _chunksLeft;

    private SourceDescription(ReadOnlySpan<byte> body, int chunks)
    {
        _rest = body;
        _chunksLeft = chunks;
    }

    /// <summary>Gets the source of the current chunk.</summary>
    public uint Ssrc { get; private set; }

    /// <summary>Gets the current chunk's CNAME as UTF-8; empty when it has none.</summary>
    public ReadOnlySpan<byte> Cname { get; private set; }

    /// <summary>Checks an SDES and starts before its first chunk.</summary>
    public static PacketFault TryParse(scoped in RtcpPacket packet, out SourceDescription description)
    {
        description = default;
        if (packet.Type != RtcpPacketType.SourceDescription)
        {
            return PacketFault.RtcpMalformed;
        }

        var probe = new SourceDescription(packet.Body, packet.Count);
        for (var chunk = 0; chunk < packet.Count; chunk++)
        {
            if (!probe.MoveNext())
            {
                return PacketFault.RtcpMalformed;
            }
        }

        description = new(packet.Body, packet.Count);
        return PacketFault.None;
    }

    /// <summary>Goes to the next chunk.</summary>
    /// <returns>False at the end.</returns>
    public bool MoveNext()
    {
        if (_chunksLeft == 0 || _rest.Length < 4)
        {
            return false;
        }

        Ssrc = BinaryPrimitives.ReadUInt32BigEndian(_rest);
        Cname = default;
        var position = 4;
        while (position < _rest.Length && _rest[position] != 0)
        {
            if (position + 2 > _rest.Length || position + 2 + _rest[position + 1] > _rest.Length)
            {
                return false;
            }

            var text = _rest.Slice(position + 2, _rest[position + 1]);
            if (_rest[position] == CnameItem)
            {
                Cname = text;
            }

            position += 2 + text.Length;
        }

        // At least one zero ends the chunk; it is filled with zeros up to the next word.
        var end = (position + 4) & ~3;
        if (end > _rest.Length)
        {
            return false;
        }

        _rest = _rest[end..];
        _chunksLeft--;
        return true;
    }
}
