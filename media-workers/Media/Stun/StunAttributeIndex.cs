using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Stun;

/// <summary>Where the attributes of one message stand; of an attribute that occurs twice the first counts.</summary>
internal struct StunAttributeIndex
{
    /// <summary>How many unknown attributes are remembered for a 420.</summary>
    public const int MaxUnknown = 8;

    private const int MaxAttributes = 32;
    private const int MaxUsernameLength = 513; // RFC 8489 section 14.3; two ufrags of 256 and a colon
    private const int SlotCount = 15;

    private Offsets _offsets;
    private Types _unknown;

    /// <summary>Gets how many unknown comprehension-required attributes there are, at most <see cref="MaxUnknown"/>.</summary>
    public int UnknownCount { get; private set; }

    private readonly bool HasSha256 => OffsetOf(StunAttribute.MessageIntegritySha256) != 0;

    /// <summary>Walks the attributes of a message whose header is sound; checks lengths and FINGERPRINT.</summary>
    public static PacketFault TryMake(ReadOnlySpan<byte> datagram, out StunAttributeIndex index)
    {
        index = default;
        return index.ReadAttributes(datagram);
    }

    /// <summary>Where a known attribute's value begins; 0 when it is missing.</summary>
    public readonly int OffsetOf(StunAttribute attribute) => _offsets[SlotOf(attribute)];

    /// <summary>The type of an unknown comprehension-required attribute.</summary>
    public readonly ushort Unknown(int index) => _unknown[index];

    private PacketFault ReadAttributes(ReadOnlySpan<byte> datagram)
    {
        var offset = StunMessage.HeaderLength;
        for (var count = 0; offset < datagram.Length; count++)
        {
            if (count == MaxAttributes)
            {
                return PacketFault.TooLarge;
            }

            // The header says that the length is a multiple of four, so four bytes are left.
            var type = (StunAttribute)BinaryPrimitives.ReadUInt16BigEndian(datagram[offset..]);
            var length = BinaryPrimitives.ReadUInt16BigEndian(datagram[(offset + 2)..]);
            var next = offset + StunMessage.AttributeHeaderLength + ((length + 3) & ~3);
            if (next > datagram.Length)
            {
                return PacketFault.Truncated;
            }

            var fault = Note(
                datagram,
                type,
                offset + StunMessage.AttributeHeaderLength,
                length,
                next == datagram.Length
            );
            if (fault != PacketFault.None)
            {
                return fault;
            }

            offset = next;
        }

        return PacketFault.None;
    }

    private PacketFault Note(ReadOnlySpan<byte> datagram, StunAttribute type, int offset, int length, bool last)
    {
        // RFC 8489 sections 14.5 and 14.6: what follows the integrity is not covered by it, and ignored.
        var covered = type switch
        {
            StunAttribute.Fingerprint => true,
            StunAttribute.MessageIntegritySha256 => !HasSha256,
            _ => !HasSha256 && OffsetOf(StunAttribute.MessageIntegrity) == 0,
        };
        var slot = SlotOf(type);
        if (!covered || (slot >= 0 && _offsets[slot] != 0))
        {
            return PacketFault.None;
        }

        if (slot < 0)
        {
            NoteUnknown(type);
            return PacketFault.None;
        }

        if (!IsLengthLegal(type, length) || (type == StunAttribute.Fingerprint && !last))
        {
            return PacketFault.Malformed;
        }

        _offsets[slot] = (ushort)offset;
        return type == StunAttribute.Fingerprint && !IsFingerprintValid(datagram, offset)
            ? PacketFault.StunWrongFingerprint
            : PacketFault.None;
    }

    private void NoteUnknown(StunAttribute type)
    {
        const int FirstOptional = 0x8000;
        if ((int)type < FirstOptional && UnknownCount < MaxUnknown)
        {
            _unknown[UnknownCount++] = (ushort)type;
        }
    }

    private static bool IsFingerprintValid(ReadOnlySpan<byte> datagram, int offset) =>
        BinaryPrimitives.ReadUInt32BigEndian(datagram[offset..])
        == StunIntegrity.ComputeFingerprint(datagram[..(offset - StunMessage.AttributeHeaderLength)]);

    private static bool IsLengthLegal(StunAttribute type, int length) =>
        type switch
        {
            StunAttribute.MessageIntegrity => length == StunIntegrity.Sha1Length,
            StunAttribute.MessageIntegritySha256 => length
                is >= StunIntegrity.MinSha256Length
                    and <= StunIntegrity.Sha256Length
                && length % 4 == 0,
            StunAttribute.Fingerprint or StunAttribute.Priority => length == sizeof(uint),
            StunAttribute.IceControlled or StunAttribute.IceControlling => length == sizeof(ulong),
            StunAttribute.UseCandidate => length == 0,
            StunAttribute.Username => length is > 0 and <= MaxUsernameLength,
            StunAttribute.ErrorCode => length >= 4,
            StunAttribute.MappedAddress or StunAttribute.XorMappedAddress => length
                is StunAddress.IPv4Length
                    or StunAddress.IPv6Length,
            _ => true,
        };

    private static int SlotOf(StunAttribute type) =>
        type switch
        {
            StunAttribute.MappedAddress => 0,
            StunAttribute.Username => 1,
            StunAttribute.MessageIntegrity => 2,
            StunAttribute.ErrorCode => 3,
            StunAttribute.UnknownAttributes => 4,
            StunAttribute.Realm => 5,
            StunAttribute.Nonce => 6,
            StunAttribute.MessageIntegritySha256 => 7,
            StunAttribute.XorMappedAddress => 8,
            StunAttribute.Priority => 9,
            StunAttribute.UseCandidate => 10,
            StunAttribute.Software => 11,
            StunAttribute.Fingerprint => 12,
            StunAttribute.IceControlled => 13,
            StunAttribute.IceControlling => 14,
            _ => -1,
        };

    [InlineArray(SlotCount)]
    private struct Offsets
    {
        private ushort _first;
    }

    [InlineArray(MaxUnknown)]
    private struct Types
    {
        private ushort _first;
    }
}
