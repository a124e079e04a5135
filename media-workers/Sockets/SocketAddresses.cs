using System.Buffers.Binary;
using System.Runtime.InteropServices;
using EventMeet.Media.Values;
using EventMeet.Sockets.Interop;

namespace EventMeet.Sockets;

/*
    sockaddr_in   |  family (16, host order)  |  port (16)  |  address (32)  |  zero (64)                     |
    sockaddr_in6  |  family (16, host order)  |  port (16)  |  flow (32)     |  address (128)  |  scope (32)  |
*/

/// <summary>Reads and writes the kernel's socket addresses.</summary>
internal static class SocketAddresses
{
    private const int IPv4Length = 16;
    private const int IPv6Length = 28;

    /// <summary>Reads an address that the kernel wrote; all zero when it is of no family that we know.</summary>
    public static TransportAddress Read(ReadOnlySpan<byte> name)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(name[2..]);
        return MemoryMarshal.Read<ushort>(name) switch
        {
            Libc.FamilyIPv4 => TransportAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(name[4..]), port),
            Libc.FamilyIPv6 => TransportAddress.FromIPv6(name.Slice(8, 16), port),
            _ => default,
        };
    }

    /// <summary>Writes an address for the kernel.</summary>
    /// <param name="name">28 bytes.</param>
    /// <param name="address">The address.</param>
    /// <param name="dualMode">True for an IPv6 socket, which takes IPv4 addresses in mapped form.</param>
    /// <returns>How many bytes it is long.</returns>
    public static int Write(Span<byte> name, TransportAddress address, bool dualMode)
    {
        name.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(name[2..], address.Port);
        if (dualMode || !address.IsIPv4)
        {
            MemoryMarshal.Write(name, Libc.FamilyIPv6);
            address.WriteIPv6(name.Slice(8, 16));
            return IPv6Length;
        }

        MemoryMarshal.Write(name, Libc.FamilyIPv4);
        BinaryPrimitives.WriteUInt32BigEndian(name[4..], address.IPv4);
        return IPv4Length;
    }
}
