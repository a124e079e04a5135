using System.Buffers.Binary;
using System.Security.Cryptography;
using EventMeet.Media.Packets;
using EventMeet.Media.Values;

namespace EventMeet.Media.Stun;

/*  RFC 8489 section 5:

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |0 0|     message type          |  length after these 20 bytes  |
    |                   magic cookie 0x2112A442                     |
    |                   transaction id (96 bits)                    |

    section 14, each attribute padded to 32 bits:
    |           type                |   length without padding      |  value ...                                        */

/// <summary>A view of a STUN message; valid only while the datagram is. Attributes that occur twice count once.</summary>
internal readonly ref struct StunMessage
{
    /// <summary>The length of the header in bytes.</summary>
    public const int HeaderLength = 20;

    /// <summary>The length of an attribute's type and length in bytes.</summary>
    public const int AttributeHeaderLength = 4;

    /// <summary>The longest message taken, in bytes: more than fits an unfragmented datagram.</summary>
    public const int MaxLength = 1500;

    private const uint MagicCookie = 0x2112_A442;

    private readonly ReadOnlySpan<byte> _datagram;
    private readonly StunAttributeIndex _index;

    private StunMessage(ReadOnlySpan<byte> datagram, StunAttributeIndex index)
    {
        _datagram = datagram;
        _index = index;
    }

    /// <summary>Gets class and method.</summary>
    public StunMessageType Type => (StunMessageType)BinaryPrimitives.ReadUInt16BigEndian(_datagram);

    /// <summary>Gets the transaction id.</summary>
    public StunTransactionId TransactionId => StunTransactionId.Read(_datagram[8..]);

    /// <summary>Gets USERNAME; empty when it is missing.</summary>
    public ReadOnlySpan<byte> Username => ValueOf(StunAttribute.Username);

    /// <summary>Gets how many comprehension-required attributes are unknown, at most <see cref="StunAttributeIndex.MaxUnknown"/>.</summary>
    public int UnknownAttributeCount => _index.UnknownCount;

    /// <summary>Gets a value indicating whether the controlling agent nominates this pair.</summary>
    public bool UseCandidate => Has(StunAttribute.UseCandidate);

    /// <summary>Gets the error code; none when the attribute is missing.</summary>
    public StunErrorCode ErrorCode =>
        ValueOf(StunAttribute.ErrorCode) is [_, _, var hundreds, var rest, ..]
            ? (StunErrorCode)(((hundreds & 7) * 100) + rest)
            : StunErrorCode.None;

    /// <summary>Gets the integrity attribute to check: SHA-256 where there is one (RFC 8489 section 9.1.3), else SHA-1.</summary>
    public StunAttribute IntegrityAlgorithm =>
        Has(StunAttribute.MessageIntegritySha256)
            ? StunAttribute.MessageIntegritySha256
            : StunAttribute.MessageIntegrity;

    /// <summary>Gets a value indicating whether there is anything to authenticate the message by.</summary>
    public bool HasIntegrity => Has(StunAttribute.MessageIntegrity) || Has(StunAttribute.MessageIntegritySha256);

    /// <summary>Parses a datagram and checks its FINGERPRINT if it has one; integrity is checked apart.</summary>
    public static PacketFault TryParse(ReadOnlySpan<byte> datagram, out StunMessage message)
    {
        message = default;
        var fault = CheckHeader(datagram);
        if (fault != PacketFault.None)
        {
            return fault;
        }

        fault = StunAttributeIndex.TryMake(datagram, out var index);
        if (fault == PacketFault.None)
        {
            message = new(datagram, index);
        }

        return fault;
    }

    /// <summary>Reads the part of USERNAME before the colon, which names a peer of ours in a request.</summary>
    public static bool TryReadLocalUfrag(in StunMessage message, out ReadOnlySpan<byte> ufrag)
    {
        var username = message.Username;
        var colon = username.IndexOf((byte)':');
        ufrag = colon > 0 ? username[..colon] : default;
        return colon > 0;
    }

    /// <summary>Is the attribute there, before MESSAGE-INTEGRITY where it must be?</summary>
    public bool Has(StunAttribute attribute) => _index.OffsetOf(attribute) != 0;

    /// <summary>The value of an attribute; empty when it is missing.</summary>
    public ReadOnlySpan<byte> ValueOf(StunAttribute attribute)
    {
        var offset = _index.OffsetOf(attribute);
        return offset == 0
            ? default
            : _datagram.Slice(offset, BinaryPrimitives.ReadUInt16BigEndian(_datagram[(offset - 2)..]));
    }

    /// <summary>The type of an unknown comprehension-required attribute.</summary>
    public ushort UnknownAttribute(int index) => _index.Unknown(index);

    /// <summary>PRIORITY.</summary>
    public bool TryReadPriority(out uint priority)
    {
        var value = ValueOf(StunAttribute.Priority);
        priority = value.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32BigEndian(value);
        return !value.IsEmpty;
    }

    /// <summary>The reflexive address: XOR-MAPPED-ADDRESS, else MAPPED-ADDRESS.</summary>
    public bool TryReadMappedAddress(out TransportAddress address)
    {
        var mask = Has(StunAttribute.XorMappedAddress) ? _datagram.Slice(4, 16) : default;
        var value = ValueOf(mask.IsEmpty ? StunAttribute.MappedAddress : StunAttribute.XorMappedAddress);
        return StunAddress.TryRead(value, mask, out address);
    }

    /// <summary>Checks MESSAGE-INTEGRITY-SHA256 or MESSAGE-INTEGRITY in constant time.</summary>
    /// <param name="key">The password in UTF-8, or the long-term key.</param>
    public bool IsIntegrityValid(scoped ReadOnlySpan<byte> key)
    {
        var algorithm = IntegrityAlgorithm;
        var value = ValueOf(algorithm);
        if (value.IsEmpty)
        {
            return false;
        }

        Span<byte> hash = stackalloc byte[StunIntegrity.Sha256Length];
        var covered = _datagram[..(_index.OffsetOf(algorithm) - AttributeHeaderLength)];
        StunIntegrity.Compute(algorithm, key, covered, value.Length, hash);
        return CryptographicOperations.FixedTimeEquals(value, hash[..value.Length]);
    }

    private static PacketFault CheckHeader(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length < HeaderLength)
        {
            return PacketFault.Truncated;
        }

        if (datagram.Length > MaxLength)
        {
            return PacketFault.TooLarge;
        }

        if ((datagram[0] & 0xC0) != 0)
        {
            return PacketFault.UnknownProtocol;
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]) != MagicCookie)
        {
            return PacketFault.StunWrongCookie;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]);
        return length % 4 != 0 || length < datagram.Length - HeaderLength ? PacketFault.WrongLength
            : length > datagram.Length - HeaderLength ? PacketFault.Truncated
            : PacketFault.None;
    }
}
