/*  RFC 3550 section 5.1, RFC 8285 section 4

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |V=2|P|X|  CC   |M|     PT      |       sequence number         |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |                           timestamp                           |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |           synchronization source (SSRC) identifier            |
    +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
    |            contributing source (CSRC) identifiers, CC words   |
    +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
    | X: defined by profile         | X: length in 32-bit words     |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    | X: header extension                                           |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
*/
using System.Buffers.Binary;
using EventMeet.Media.Packets;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rtp;

/// <summary>A view of a packet's RTP header; valid only while the packet's bytes are. Works on SRTP as well: SRTP leaves the header readable.</summary>
internal readonly ref struct RtpHeader
{
    /// <summary>Bytes before the first CSRC.</summary>
    public const int FixedLength = 12;

    private const int ExtensionHeaderLength = 4;
    private const byte PaddingBit = 0x20;
    private const byte ExtensionBit = 0x10;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _extensionOffset;

    private RtpHeader(ReadOnlySpan<byte> bytes, int extensionOffset)
    {
        _bytes = bytes;
        _extensionOffset = extensionOffset;
    }

    /// <summary>Gets the header's own bytes, CSRCs and extension included.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Gets where the payload starts, in bytes.</summary>
    public int HeaderLength => _bytes.Length;

    /// <summary>Gets a value indicating whether the payload ends in padding. How much is known only after decryption.</summary>
    public bool HasPadding => (_bytes[0] & PaddingBit) != 0;

    /// <summary>Gets a value indicating whether the M bit is set: end of a video frame, start of an audio talkspurt (RFC 3551 section 4.1).</summary>
    public bool Marker => (_bytes[1] & 0x80) != 0;

    /// <summary>Gets the payload type, 0 to 127.</summary>
    public byte PayloadType => (byte)(_bytes[1] & 0x7F);

    /// <summary>Gets the sequence number.</summary>
    public SequenceNumber SequenceNumber => new(BinaryPrimitives.ReadUInt16BigEndian(_bytes[2..]));

    /// <summary>Gets the timestamp, in units of the codec's clock rate.</summary>
    public uint Timestamp => BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]);

    /// <summary>Gets the synchronization source.</summary>
    public uint Ssrc => BinaryPrimitives.ReadUInt32BigEndian(_bytes[8..]);

    /// <summary>Gets how many contributing sources there are, 0 to 15.</summary>
    public int CsrcCount => _bytes[0] & 0x0F;

    /// <summary>Gets a value indicating whether the X bit is set.</summary>
    public bool HasExtension => (_bytes[0] & ExtensionBit) != 0;

    /// <summary>Gets "defined by profile", which tells the form of the extension (RFC 8285); 0 when there is none.</summary>
    public ushort ExtensionProfile =>
        HasExtension ? BinaryPrimitives.ReadUInt16BigEndian(_bytes[_extensionOffset..]) : (ushort)0;

    /// <summary>Gets the extension's elements without its four-byte header; empty when there is none.</summary>
    public ReadOnlySpan<byte> ExtensionData =>
        HasExtension ? _bytes[(_extensionOffset + ExtensionHeaderLength)..] : default;

    /// <summary>Reads the header at the front of a packet. What follows it may be encrypted.</summary>
    public static PacketFault TryParse(ReadOnlySpan<byte> packet, out RtpHeader header)
    {
        header = default;
        if (packet.Length < FixedLength)
        {
            return PacketFault.Truncated;
        }

        if (packet[0] >> 6 != 2)
        {
            return PacketFault.WrongVersion;
        }

        var extensionOffset = FixedLength + ((packet[0] & 0x0F) * 4);
        var length = extensionOffset;
        if ((packet[0] & ExtensionBit) != 0)
        {
            length += ExtensionHeaderLength;
            if (packet.Length < length)
            {
                return PacketFault.Truncated;
            }

            length += BinaryPrimitives.ReadUInt16BigEndian(packet[(extensionOffset + 2)..]) * 4;
        }

        if (packet.Length < length)
        {
            return PacketFault.Truncated;
        }

        header = new(packet[..length], extensionOffset);
        return PacketFault.None;
    }

    /// <summary>Gets a contributing source.</summary>
    /// <param name="position">0 to <see cref="CsrcCount"/> - 1.</param>
    public uint Csrc(int position)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, CsrcCount);
        return BinaryPrimitives.ReadUInt32BigEndian(_bytes[(FixedLength + (position * 4))..]);
    }

    /// <summary>Reads how many bytes at the packet's end are padding: 0 without the P bit, else 1 to 255 (RFC 3550 section 5.1).</summary>
    /// <param name="plaintext">The whole packet, decrypted and without its authentication tag.</param>
    /// <param name="paddingLength">In bytes, the count itself included.</param>
    public PacketFault TryReadPadding(ReadOnlySpan<byte> plaintext, out int paddingLength)
    {
        paddingLength = 0;
        if (!HasPadding)
        {
            return PacketFault.None;
        }

        if (plaintext.Length <= HeaderLength)
        {
            return PacketFault.WrongLength;
        }

        var count = plaintext[^1];
        if (count == 0 || count > plaintext.Length - HeaderLength)
        {
            return PacketFault.WrongLength;
        }

        paddingLength = count;
        return PacketFault.None;
    }

    /// <summary>Finds the payload of a decrypted packet, padding removed; empty when the packet is padding alone.</summary>
    /// <param name="plaintext">The whole packet, decrypted and without its authentication tag.</param>
    /// <param name="payload">Between header and padding.</param>
    public PacketFault TryReadPayload(ReadOnlySpan<byte> plaintext, out ReadOnlySpan<byte> payload)
    {
        var fault = TryReadPadding(plaintext, out var paddingLength);
        payload = fault == PacketFault.None ? plaintext[HeaderLength..^paddingLength] : default;
        return fault;
    }
}
