using System.Buffers.Binary;
using EventMeet.Media.Values;

namespace EventMeet.Media.Stun;

/// <summary>
/// Writes one STUN message into the caller's bytes, attribute by attribute, integrity second last, then
/// <see cref="Finish"/>. A destination that is too short is the caller's mistake and throws.
/// </summary>
internal ref struct StunWriter
{
    private const uint MagicCookie = 0x2112_A442;
    private const int FingerprintLength = sizeof(uint);

    private readonly Span<byte> _destination;
    private int _length;

    /// <summary>Initializes a new instance of the <see cref="StunWriter"/> struct with the header.</summary>
    public StunWriter(Span<byte> destination, StunMessageType type, StunTransactionId transactionId)
    {
        _destination = destination;
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], 0);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], MagicCookie);
        transactionId.Write(destination[8..]);
        _length = StunMessage.HeaderLength;
    }

    /// <summary>Adds an attribute with any value.</summary>
    public void Add(StunAttribute attribute, scoped ReadOnlySpan<byte> value) =>
        value.CopyTo(Append(attribute, value.Length));

    /// <summary>Adds an attribute of 32 bits.</summary>
    public void Add(StunAttribute attribute, uint value) =>
        BinaryPrimitives.WriteUInt32BigEndian(Append(attribute, sizeof(uint)), value);

    /// <summary>Adds an attribute of 64 bits.</summary>
    public void Add(StunAttribute attribute, ulong value) =>
        BinaryPrimitives.WriteUInt64BigEndian(Append(attribute, sizeof(ulong)), value);

    /// <summary>Adds XOR-MAPPED-ADDRESS.</summary>
    public void AddXorMappedAddress(in TransportAddress address)
    {
        Span<byte> value = stackalloc byte[StunAddress.IPv6Length];
        var length = StunAddress.Write(value, address, _destination.Slice(4, 16));
        Add(StunAttribute.XorMappedAddress, value[..length]);
    }

    /// <summary>Adds ERROR-CODE with the phrase that the RFC recommends.</summary>
    public void AddErrorCode(StunErrorCode code)
    {
        var phrase = PhraseOf(code);
        var value = Append(StunAttribute.ErrorCode, 4 + phrase.Length);
        value[..2].Clear();
        value[2] = (byte)((int)code / 100);
        value[3] = (byte)((int)code % 100);
        phrase.CopyTo(value[4..]);
    }

    /// <summary>Adds UNKNOWN-ATTRIBUTES: those that the request holds and we do not know.</summary>
    public void AddUnknownAttributes(in StunMessage request)
    {
        var value = Append(StunAttribute.UnknownAttributes, request.UnknownAttributeCount * 2);
        for (var index = 0; index < request.UnknownAttributeCount; index++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(value[(index * 2)..], request.UnknownAttribute(index));
        }
    }

    /// <summary>Adds MESSAGE-INTEGRITY or MESSAGE-INTEGRITY-SHA256 over what was added so far.</summary>
    public void AddIntegrity(StunAttribute algorithm, ReadOnlySpan<byte> key)
    {
        Span<byte> hash = stackalloc byte[StunIntegrity.Sha256Length];
        hash = algorithm == StunAttribute.MessageIntegritySha256 ? hash : hash[..StunIntegrity.Sha1Length];
        StunIntegrity.Compute(algorithm, key, _destination[.._length], hash.Length, hash);
        Add(algorithm, hash);
    }

    /// <summary>Adds FINGERPRINT and returns the length of the whole message in bytes.</summary>
    public int Finish()
    {
        var covered = _length;
        var value = Append(StunAttribute.Fingerprint, FingerprintLength);
        BinaryPrimitives.WriteUInt32BigEndian(value, StunIntegrity.ComputeFingerprint(_destination[..covered]));
        return _length;
    }

    private Span<byte> Append(StunAttribute attribute, int length)
    {
        var padded = (length + 3) & ~3;
        var whole = _destination.Slice(_length, StunMessage.AttributeHeaderLength + padded);
        BinaryPrimitives.WriteUInt16BigEndian(whole, (ushort)attribute);
        BinaryPrimitives.WriteUInt16BigEndian(whole[2..], (ushort)length);
        whole[(StunMessage.AttributeHeaderLength + length)..].Clear();
        _length += whole.Length;
        BinaryPrimitives.WriteUInt16BigEndian(_destination[2..], (ushort)(_length - StunMessage.HeaderLength));
        return whole.Slice(StunMessage.AttributeHeaderLength, length);
    }

    private static ReadOnlySpan<byte> PhraseOf(StunErrorCode code) =>
        code switch
        {
            StunErrorCode.BadRequest => "Bad Request"u8,
            StunErrorCode.Unauthenticated => "Unauthenticated"u8,
            StunErrorCode.UnknownAttribute => "Unknown Attribute"u8,
            StunErrorCode.RoleConflict => "Role Conflict"u8,
            StunErrorCode.ServerError => "Server Error"u8,
            _ => "Refused"u8,
        };
}
