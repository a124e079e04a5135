using System.Buffers.Binary;
using EventMeet.Media.Values;

namespace EventMeet.Media.Stun;

/*  RFC 8489 sections 14.1 and 14.2:

    |0 0 0 0 0 0 0 0|    family     |             port              |
    |                 address (32 or 128 bits)                      |

    XOR-MAPPED-ADDRESS: port and address XORed with the magic cookie and, beyond it, the transaction id.                 */

/// <summary>Reads and writes the value of (XOR-)MAPPED-ADDRESS.</summary>
internal static class StunAddress
{
    /// <summary>The length of a value that holds an IPv4 address, in bytes.</summary>
    public const int IPv4Length = 8;

    /// <summary>The length of a value that holds an IPv6 address, in bytes.</summary>
    public const int IPv6Length = 20;

    private const byte IPv4Family = 1;
    private const byte IPv6Family = 2;
    private const int MaskLength = 16;

    /// <summary>Reads an address.</summary>
    /// <param name="value">The attribute's value.</param>
    /// <param name="mask">The magic cookie and the transaction id, or nothing for an address in clear.</param>
    /// <param name="address">The address.</param>
    public static bool TryRead(ReadOnlySpan<byte> value, ReadOnlySpan<byte> mask, out TransportAddress address)
    {
        address = default;
        Span<byte> effective = stackalloc byte[MaskLength];
        effective.Clear();
        mask.CopyTo(effective);
        if (value.Length == IPv4Length && value[1] == IPv4Family)
        {
            var bits =
                BinaryPrimitives.ReadUInt32BigEndian(value[4..]) ^ BinaryPrimitives.ReadUInt32BigEndian(effective);
            address = TransportAddress.FromIPv4(bits, ReadPort(value, effective));
            return true;
        }

        if (value.Length != IPv6Length || value[1] != IPv6Family)
        {
            return false;
        }

        var port = ReadPort(value, effective);
        Xor(effective, value[4..]);
        address = TransportAddress.FromIPv6(effective, port);
        return true;
    }

    /// <summary>Writes an address; returns how many bytes.</summary>
    public static int Write(Span<byte> destination, in TransportAddress address, ReadOnlySpan<byte> mask)
    {
        destination[0] = 0;
        destination[1] = address.IsIPv4 ? IPv4Family : IPv6Family;
        var port = (ushort)(address.Port ^ BinaryPrimitives.ReadUInt16BigEndian(mask));
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], port);
        if (address.IsIPv4)
        {
            var bits = address.IPv4 ^ BinaryPrimitives.ReadUInt32BigEndian(mask);
            BinaryPrimitives.WriteUInt32BigEndian(destination[4..], bits);
            return IPv4Length;
        }

        address.WriteIPv6(destination[4..]);
        Xor(destination.Slice(4, MaskLength), mask);
        return IPv6Length;
    }

    private static ushort ReadPort(ReadOnlySpan<byte> value, ReadOnlySpan<byte> mask) =>
        (ushort)(BinaryPrimitives.ReadUInt16BigEndian(value[2..]) ^ BinaryPrimitives.ReadUInt16BigEndian(mask));

    private static void Xor(Span<byte> target, ReadOnlySpan<byte> mask)
    {
        for (var index = 0; index < target.Length; index++)
        {
            target[index] ^= mask[index];
        }
    }
}
