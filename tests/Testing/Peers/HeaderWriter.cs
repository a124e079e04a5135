using System.Buffers.Binary;
using EventMeet.Media.Values;

namespace EventMeet.Testing.Peers;

/*  RFC 3550 section 5.1 with one-byte extensions (RFC 8285 section 4.2):

    | 0x80 or 0x90 | M, PT | sequence number | timestamp | SSRC | 0xBEDE | words | id, length - 1 | value | ... | zeros |
*/

/// <summary>Writes an RTP header the way a browser does; deliberately not with the code under test.</summary>
internal ref struct HeaderWriter
{
    private const int FixedLength = 12;
    private const int ElementsAt = FixedLength + 4;

    private readonly Span<byte> _packet;
    private int _length = ElementsAt;

    public HeaderWriter(
        Span<byte> packet,
        byte payloadType,
        bool marker,
        SequenceNumber sequenceNumber,
        uint timestamp,
        uint ssrc
    )
    {
        _packet = packet;
        packet[0] = 0x80;
        packet[1] = (byte)((marker ? 0x80 : 0) | payloadType);
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], sequenceNumber.Value);
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(packet[8..], ssrc);
    }

    /// <summary>Adds an extension; nothing when it was not agreed on.</summary>
    /// <returns>Where its value is; 0 when it was not added.</returns>
    public int Add(int id, scoped ReadOnlySpan<byte> value)
    {
        if (id == 0)
        {
            return 0;
        }

        _packet[_length++] = (byte)((id << 4) | (value.Length - 1));
        value.CopyTo(_packet[_length..]);
        _length += value.Length;
        return _length - value.Length;
    }

    /// <summary>Ends the header.</summary>
    /// <returns>Its length.</returns>
    public readonly int Finish()
    {
        if (_length == ElementsAt)
        {
            return FixedLength;
        }

        var end = (_length + 3) & ~3;
        _packet[_length..end].Clear();
        _packet[0] |= 0x10;
        BinaryPrimitives.WriteUInt16BigEndian(_packet[FixedLength..], 0xBEDE);
        BinaryPrimitives.WriteUInt16BigEndian(_packet[(FixedLength + 2)..], (ushort)((end - ElementsAt) / 4));
        return end;
    }
}
