using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace EventMeet.Media.Rtp;

/// <summary>A packet's header extensions by kind, found in one pass; valid only while the packet's bytes are. When a kind comes twice the first counts.</summary>
internal readonly ref struct HeaderExtensions
{
    private readonly ReadOnlySpan<byte> _header;
    private readonly Places _places;

    private HeaderExtensions(ReadOnlySpan<byte> header, Places places)
    {
        _header = header;
        _places = places;
    }

    /// <summary>Gets the MID's UTF-8 bytes (RFC 9143); empty when absent.</summary>
    public ReadOnlySpan<byte> Mid => this[HeaderExtensionKind.Mid];

    /// <summary>Gets the RID's ASCII bytes (RFC 8852); empty when absent.</summary>
    public ReadOnlySpan<byte> Rid => this[HeaderExtensionKind.Rid];

    /// <summary>Gets the repaired RID's ASCII bytes (RFC 8852); empty when absent.</summary>
    public ReadOnlySpan<byte> RepairedRid => this[HeaderExtensionKind.RepairedRid];

    /// <summary>Gets the bytes of one kind; empty when absent.</summary>
    public ReadOnlySpan<byte> this[HeaderExtensionKind kind]
    {
        get
        {
            var place = _places[(int)kind];
            return _header.Slice((int)(place >> 8), (int)(place & 0xFF));
        }
    }

    /// <summary>Finds every negotiated extension of a packet.</summary>
    public static HeaderExtensions Read(scoped in RtpHeader header, HeaderExtensionMap map)
    {
        var places = default(Places);
        var reader = new HeaderExtensionReader(header);
        while (reader.MoveNext())
        {
            var kind = map.KindOf(reader.Id);
            if (kind != HeaderExtensionKind.Unknown && places[(int)kind] == 0)
            {
                // The block is the last thing in the header.
                var offset = header.HeaderLength - reader.RestLength - reader.Value.Length;
                places[(int)kind] = ((uint)offset << 8) | (uint)reader.Value.Length;
            }
        }

        return new(header.Bytes, places);
    }

    /// <summary>Does a packet carry any extension that subscribers are sent as it is?</summary>
    public static bool AnyForwarded(scoped in RtpHeader header, HeaderExtensionMap map)
    {
        var reader = new HeaderExtensionReader(header);
        while (reader.MoveNext())
        {
            if (HeaderExtensionMap.IsForwarded(map.KindOf(reader.Id)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Is this kind present? An element of length 0 (two-byte form) is not.</summary>
    public bool Has(HeaderExtensionKind kind) => (_places[(int)kind] & 0xFF) != 0;

    /// <summary>Reads the transport-wide sequence number.</summary>
    public bool TryReadTransportSequence(out ushort transportSequence)
    {
        var value = this[HeaderExtensionKind.TransportWideCc];
        // Version 2 of the extension appends a feedback request to the same two bytes.
        var present = value.Length >= 2;
        transportSequence = present ? BinaryPrimitives.ReadUInt16BigEndian(value) : (ushort)0;
        return present;
    }

    /// <summary>Reads the send time, 24 bits in units of 2^-18 s; wraps every 64 s.</summary>
    public bool TryReadAbsSendTime(out uint absSendTime)
    {
        var value = this[HeaderExtensionKind.AbsSendTime];
        var present = value.Length == 3;
        absSendTime = present ? ((uint)value[0] << 16) | BinaryPrimitives.ReadUInt16BigEndian(value[1..]) : 0;
        return present;
    }

    /// <summary>Reads how loud the audio is.</summary>
    public bool TryReadAudioLevel(out AudioLevel level) =>
        AudioLevel.TryParse(this[HeaderExtensionKind.AudioLevel], out level);

    /// <summary>Offset in the header and length of each kind: 24 + 8 bits.</summary>
    [InlineArray((int)HeaderExtensionKind.Count)]
    private struct Places
    {
        private uint _first;
    }
}
