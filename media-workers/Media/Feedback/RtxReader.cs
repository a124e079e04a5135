/*  See RtxWriter.cs for the picture.  */
using System.Buffers.Binary;
using EventMeet.Media.Packets;
using EventMeet.Media.Rtp;

namespace EventMeet.Media.Feedback;

/// <summary>Turns a retransmission back into the packet that was lost (RFC 4588 section 4).</summary>
internal static class RtxReader
{
    /// <summary>Unwraps in place: the header moves two bytes up, over the original sequence number.</summary>
    /// <param name="packet">The whole packet, decrypted.</param>
    /// <param name="originalSsrc">Of the stream that it repairs.</param>
    /// <param name="originalPayloadType">What the retransmission's payload type stands for (<c>apt</c>).</param>
    /// <param name="original">The original packet, inside <paramref name="packet"/>; empty when it is padding alone, which is no fault: browsers probe that way.</param>
    public static PacketFault TryUnwrap(
        Span<byte> packet,
        uint originalSsrc,
        byte originalPayloadType,
        out Span<byte> original
    )
    {
        original = default;
        var fault = RtpHeader.TryParse(packet, out var header);
        if (fault != PacketFault.None)
        {
            return fault;
        }

        fault = header.TryReadPayload(packet, out var payload);
        if (fault != PacketFault.None || payload.IsEmpty)
        {
            return fault;
        }

        if (payload.Length < RtxWriter.OriginalNumberLength)
        {
            return PacketFault.Truncated;
        }

        var marker = packet[1] & 0x80;
        var headerLength = header.HeaderLength;
        var originalNumber = BinaryPrimitives.ReadUInt16BigEndian(payload);
        packet[..headerLength].CopyTo(packet[RtxWriter.OriginalNumberLength..]);
        original = packet[RtxWriter.OriginalNumberLength..];
        original[1] = (byte)(marker | originalPayloadType);
        BinaryPrimitives.WriteUInt16BigEndian(original[2..], originalNumber);
        BinaryPrimitives.WriteUInt32BigEndian(original[8..], originalSsrc);
        return PacketFault.None;
    }
}
