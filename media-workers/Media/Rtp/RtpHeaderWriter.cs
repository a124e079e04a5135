/*  What a slot's packet starts with; see RtpHeader.cs and HeaderExtensionReader.cs for the pictures.

    fixed header (12) | 0xBEDE or 0x1000, words (4) | MID | TransportWideCc | AbsSendTime | what is copied | zeros to a word
                                                            ^ both are zero until the packet leaves: see RtpHeaderPatches
*/
using System.Buffers.Binary;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rtp;

/// <summary>Writes the RTP header of an outgoing packet: own numbers, the subscriber's extension ids.</summary>
internal static class RtpHeaderWriter
{
    /// <summary>No header that is written here is longer, in bytes: room for what a publisher may make us copy, and no more.</summary>
    public const int MaxLength = 256;

    private const int ExtensionOffset = RtpHeader.FixedLength;
    private const int ElementsOffset = ExtensionOffset + 4;

    /// <summary>Writes the header of a forwarded packet.</summary>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="fields">The slot's own numbers.</param>
    /// <param name="source">The publisher's header. Its CSRCs are dropped: they name nobody the subscriber knows.</param>
    /// <param name="sourceMap">What the publisher's extension ids mean.</param>
    /// <param name="destinationMap">What the subscriber negotiated; everything else is dropped.</param>
    /// <param name="mid">The slot's MID as UTF-8, 1 to 16 bytes; empty to send none.</param>
    public static RtpHeaderPatches Write(
        Span<byte> destination,
        in RtpHeaderFields fields,
        scoped in RtpHeader source,
        HeaderExtensionMap sourceMap,
        HeaderExtensionMap destinationMap,
        ReadOnlySpan<byte> mid
    )
    {
        var elements = new ElementWriter(
            destination[..MaxLength],
            NeedsTwoBytes(source, sourceMap, destinationMap, mid)
        );
        var patches = WriteOwn(ref elements, destinationMap, mid);
        // Most slots forward nothing: then the publisher's elements need not be looked at.
        var reader = destinationMap.HasForwarded ? new HeaderExtensionReader(source) : default;
        while (reader.MoveNext())
        {
            var kind = sourceMap.KindOf(reader.Id);
            if (HeaderExtensionMap.IsForwarded(kind))
            {
                _ = elements.TryAppend(destinationMap.IdOf(kind), reader.Value);
            }
        }

        return Finish(destination, fields, elements, patches);
    }

    /// <summary>Writes the header of a packet that has no source: padding for a probe.</summary>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="fields">The slot's own numbers.</param>
    /// <param name="destinationMap">What the subscriber negotiated.</param>
    /// <param name="mid">The slot's MID as UTF-8, 1 to 16 bytes; empty to send none.</param>
    public static RtpHeaderPatches Write(
        Span<byte> destination,
        in RtpHeaderFields fields,
        HeaderExtensionMap destinationMap,
        ReadOnlySpan<byte> mid
    )
    {
        var elements = new ElementWriter(
            destination[..MaxLength],
            mid.Length > 16 || HasLargeOwnIds(destinationMap, mid)
        );
        var patches = WriteOwn(ref elements, destinationMap, mid);
        return Finish(destination, fields, elements, patches);
    }

    private static bool HasLargeOwnIds(HeaderExtensionMap map, ReadOnlySpan<byte> mid) =>
        !map.FitsOneByte
        && (
            (!mid.IsEmpty && map.IdOf(HeaderExtensionKind.Mid) > HeaderExtensionMap.MaxOneByteId)
            || map.IdOf(HeaderExtensionKind.TransportWideCc) > HeaderExtensionMap.MaxOneByteId
            || map.IdOf(HeaderExtensionKind.AbsSendTime) > HeaderExtensionMap.MaxOneByteId
        );

    private static bool NeedsTwoBytes(
        scoped in RtpHeader source,
        HeaderExtensionMap sourceMap,
        HeaderExtensionMap destinationMap,
        ReadOnlySpan<byte> mid
    )
    {
        if (mid.Length > 16 || HasLargeOwnIds(destinationMap, mid))
        {
            return true;
        }

        var shortSource = source.ExtensionProfile is 0 or HeaderExtensionReader.OneByteProfile;
        if (!destinationMap.HasForwarded || (shortSource && destinationMap.FitsOneByte))
        {
            return false;
        }

        // What came in one-byte form is short enough for it; only the subscriber's ids can be too large.
        var reader = new HeaderExtensionReader(source);
        while (reader.MoveNext())
        {
            var kind = sourceMap.KindOf(reader.Id);
            var id = HeaderExtensionMap.IsForwarded(kind) ? destinationMap.IdOf(kind) : 0;
            if (id > HeaderExtensionMap.MaxOneByteId || (id != 0 && reader.Value.Length is 0 or > 16))
            {
                return true;
            }
        }

        return false;
    }

    private static RtpHeaderPatches WriteOwn(ref ElementWriter elements, HeaderExtensionMap map, ReadOnlySpan<byte> mid)
    {
        if (!mid.IsEmpty)
        {
            _ = elements.TryAppend(map.IdOf(HeaderExtensionKind.Mid), mid);
        }

        ReadOnlySpan<byte> zeros = [0, 0, 0];
        var transportSequenceOffset = elements.TryAppend(map.IdOf(HeaderExtensionKind.TransportWideCc), zeros[..2])
            ? elements.Length - 2
            : 0;
        var absSendTimeOffset = elements.TryAppend(map.IdOf(HeaderExtensionKind.AbsSendTime), zeros)
            ? elements.Length - 3
            : 0;
        return new(HeaderLength: 0, transportSequenceOffset, absSendTimeOffset);
    }

    private static RtpHeaderPatches Finish(
        Span<byte> destination,
        in RtpHeaderFields fields,
        ElementWriter elements,
        RtpHeaderPatches patches
    )
    {
        var length = elements.Finish();
        destination[0] = (byte)(0x80 | (fields.HasPadding ? 0x20 : 0) | (length > RtpHeader.FixedLength ? 0x10 : 0));
        destination[1] = (byte)((fields.Marker ? 0x80 : 0) | (fields.PayloadType & 0x7F));
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], fields.SequenceNumber.Value);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], fields.Timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], fields.Ssrc);
        return patches with { HeaderLength = length };
    }

    /// <summary>Appends elements behind the fixed header.</summary>
    private ref struct ElementWriter(Span<byte> header, bool twoBytes)
    {
        private readonly Span<byte> _header = header;

        /// <summary>Gets where the next element goes.</summary>
        public int Length { get; private set; } = ElementsOffset;

        /// <summary>Appends one element; nothing when its id is 0 or it no longer fits.</summary>
        public bool TryAppend(int id, scoped ReadOnlySpan<byte> value)
        {
            var headLength = twoBytes ? 2 : 1;
            // The block is rounded up to words, and the buffer's length is a whole number of them.
            if (id == 0 || Length + headLength + value.Length > _header.Length)
            {
                return false;
            }

            if (twoBytes)
            {
                _header[Length] = (byte)id;
                _header[Length + 1] = (byte)value.Length;
            }
            else
            {
                _header[Length] = (byte)((id << 4) | (value.Length - 1));
            }

            value.CopyTo(_header[(Length + headLength)..]);
            Length += headLength + value.Length;
            return true;
        }

        /// <summary>Pads to a word and writes the extension's own header.</summary>
        /// <returns>The length of the whole RTP header.</returns>
        public readonly int Finish()
        {
            if (Length == ElementsOffset)
            {
                return ExtensionOffset;
            }

            var end = (Length + 3) & ~3;
            _header[Length..end].Clear();
            var profile = twoBytes ? HeaderExtensionReader.TwoByteProfile : HeaderExtensionReader.OneByteProfile;
            BinaryPrimitives.WriteUInt16BigEndian(_header[ExtensionOffset..], profile);
            BinaryPrimitives.WriteUInt16BigEndian(
                _header[(ExtensionOffset + 2)..],
                (ushort)((end - ElementsOffset) / 4)
            );
            return end;
        }
    }
}

/// <summary>The fixed header of an outgoing packet.</summary>
/// <param name="PayloadType">As the subscriber negotiated it, 0 to 127.</param>
/// <param name="Marker">The M bit.</param>
/// <param name="SequenceNumber">The slot's.</param>
/// <param name="Timestamp">The slot's.</param>
/// <param name="Ssrc">The slot's.</param>
/// <param name="HasPadding">The P bit; the caller appends the padding.</param>
internal readonly record struct RtpHeaderFields(
    byte PayloadType,
    bool Marker,
    SequenceNumber SequenceNumber,
    uint Timestamp,
    uint Ssrc,
    bool HasPadding = false
);
