/*  What a slot's packets begin with; see RtpHeaderWriter.cs for the picture.

    Most packets carry nothing from the publisher's header: theirs differ in six fields, and the rest is copied.
*/
using System.Buffers.Binary;

namespace EventMeet.Media.Rtp;

/// <summary>Writes the RTP headers of one slot.</summary>
internal sealed class SlotHeader
{
    private readonly HeaderExtensionMap _extensions;
    private readonly byte[] _mid;
    private readonly uint _ssrc;
    private readonly byte[] _template;
    private readonly RtpHeaderPatches _patches;

    /// <summary>Writes the header that its packets have in common.</summary>
    /// <param name="ssrc">The slot's.</param>
    /// <param name="extensions">What the subscriber negotiated.</param>
    /// <param name="mid">The slot's MID as UTF-8, 1 to 16 bytes; empty to send none.</param>
    public SlotHeader(uint ssrc, HeaderExtensionMap extensions, byte[] mid)
    {
        (_ssrc, _extensions, _mid) = (ssrc, extensions, mid);
        Span<byte> header = stackalloc byte[RtpHeaderWriter.MaxLength];
        _patches = RtpHeaderWriter.Write(header, new RtpHeaderFields(0, false, default, 0, ssrc), extensions, mid);
        _template = header[.._patches.HeaderLength].ToArray();
    }

    /// <summary>Reads what the next packet needs, so that it is in the processor's cache.</summary>
    /// <returns>Nothing of use; it keeps the reads from being left out.</returns>
    public int Warm() => _template[0];

    /// <summary>Writes the header of a packet that carries nothing from the publisher's.</summary>
    /// <param name="destination">At least <see cref="RtpHeaderWriter.MaxLength"/> bytes.</param>
    /// <param name="payloadType">As the subscriber negotiated it, 0 to 127.</param>
    /// <param name="packet">The slot's numbers.</param>
    public RtpHeaderPatches Write(Span<byte> destination, byte payloadType, in SlotPacket packet)
    {
        _template.CopyTo(destination);
        destination[1] = (byte)((packet.Marker ? 0x80 : 0) | (payloadType & 0x7F));
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], packet.Index.SequenceNumber.Value);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], packet.Timestamp);
        return _patches;
    }

    /// <summary>Writes the header of a packet with those of the publisher's extensions that the subscriber negotiated.</summary>
    /// <param name="destination">At least <see cref="RtpHeaderWriter.MaxLength"/> bytes.</param>
    /// <param name="payloadType">As the subscriber negotiated it, 0 to 127.</param>
    /// <param name="packet">The slot's numbers.</param>
    /// <param name="source">The publisher's header.</param>
    /// <param name="sourceMap">What the publisher's extension ids mean.</param>
    public RtpHeaderPatches Write(
        Span<byte> destination,
        byte payloadType,
        in SlotPacket packet,
        in RtpHeader source,
        HeaderExtensionMap sourceMap
    )
    {
        var fields = new RtpHeaderFields(
            payloadType,
            packet.Marker,
            packet.Index.SequenceNumber,
            packet.Timestamp,
            _ssrc
        );
        return RtpHeaderWriter.Write(destination, fields, source, sourceMap, _extensions, _mid);
    }
}
