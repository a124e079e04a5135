using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace EventMeet.Media.Values;

/// <summary>
/// An address, a port and a protocol, as a value: 16 bytes of IPv6 (IPv4 is mapped, RFC 4291 section 2.5.5.2), so that
/// looking a peer up by it allocates nothing.
/// </summary>
/// <param name="High">The first eight bytes of the IPv6 address, in network order.</param>
/// <param name="Low">The last eight.</param>
/// <param name="Port">The port.</param>
/// <param name="Tcp">True when it is the far end of an ICE-TCP connection.</param>
public readonly record struct TransportAddress(ulong High, ulong Low, ushort Port, bool Tcp = false)
{
    private const ulong MappedPrefix = 0x0000_FFFF_0000_0000;

    /// <summary>Gets a value indicating whether this is an IPv4 address.</summary>
    public bool IsIPv4 => High == 0 && (Low & 0xFFFF_FFFF_0000_0000) == MappedPrefix;

    /// <summary>Gets the IPv4 address as a number in host order; meaningless unless <see cref="IsIPv4"/>.</summary>
    public uint IPv4 => (uint)Low;

    /// <summary>From an IPv4 address in host order.</summary>
    public static TransportAddress FromIPv4(uint address, ushort port, bool tcp = false) =>
        new(0, MappedPrefix | address, port, tcp);

    /// <summary>From 16 bytes of IPv6 in network order.</summary>
    public static TransportAddress FromIPv6(ReadOnlySpan<byte> address, ushort port, bool tcp = false) =>
        new(
            BinaryPrimitives.ReadUInt64BigEndian(address),
            BinaryPrimitives.ReadUInt64BigEndian(address[8..]),
            port,
            tcp
        );

    /// <summary>From the framework's own type.</summary>
    public static TransportAddress From(IPEndPoint endPoint, bool tcp = false)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = endPoint.Address.MapToIPv6().TryWriteBytes(bytes, out _);
        return FromIPv6(bytes, (ushort)endPoint.Port, tcp);
    }

    /// <summary>Writes the address alone, 16 bytes in network order.</summary>
    public void WriteIPv6(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Low);
    }

    /// <summary>Makes the framework's own type: IPv4 where it is one.</summary>
    public IPEndPoint ToIPEndPoint()
    {
        Span<byte> bytes = stackalloc byte[16];
        WriteIPv6(bytes);
        var address = new IPAddress(bytes);
        return new(IsIPv4 ? address.MapToIPv4() : address, Port);
    }

    /// <summary>The address family to send to it with.</summary>
    public AddressFamily Family => IsIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
}
