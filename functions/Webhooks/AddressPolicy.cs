using System.Net;
using System.Net.Sockets;

namespace EventMeet.Functions.Webhooks;

/// <summary>
/// Which addresses a tenant may make this process talk to: globally reachable unicast ones only, so that no request reaches
/// what only we can reach. Pure.
/// </summary>
/// <remarks>
/// IPv4: everything but the blocks of the IANA special-purpose registry (RFC 6890) and multicast. IPv6: only 2000::/3, and
/// of that not what stands for something else. So loopback, ULA, link-local, multicast, IPv4-mapped (::ffff:0:0/96) and
/// NAT64 (64:ff9b::/96) addresses are out without being named.
/// </remarks>
internal static class AddressPolicy
{
    private static readonly IPNetwork[] RefusedIPv4 =
    [
        IPNetwork.Parse("0.0.0.0/8"), // this network
        IPNetwork.Parse("10.0.0.0/8"), // private
        IPNetwork.Parse("100.64.0.0/10"), // shared by carrier-grade NAT, RFC 6598
        IPNetwork.Parse("127.0.0.0/8"), // loopback
        IPNetwork.Parse("168.63.129.16/32"), // Azure's own services towards a machine
        IPNetwork.Parse("169.254.0.0/16"), // link-local: cloud metadata among others
        IPNetwork.Parse("172.16.0.0/12"), // private
        IPNetwork.Parse("192.0.0.0/24"), // IETF protocol assignments
        IPNetwork.Parse("192.0.2.0/24"), // documentation
        IPNetwork.Parse("192.88.99.0/24"), // 6to4 relays
        IPNetwork.Parse("192.168.0.0/16"), // private
        IPNetwork.Parse("198.18.0.0/15"), // benchmarks
        IPNetwork.Parse("198.51.100.0/24"), // documentation
        IPNetwork.Parse("203.0.113.0/24"), // documentation
        IPNetwork.Parse("224.0.0.0/4"), // multicast
        IPNetwork.Parse("240.0.0.0/4"), // reserved, broadcast
    ];

    private static readonly IPNetwork GlobalIPv6 = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] RefusedIPv6 =
    [
        IPNetwork.Parse("2001::/23"), // IETF protocol assignments: Teredo, ORCHID, benchmarks
        IPNetwork.Parse("2001:db8::/32"), // documentation
        IPNetwork.Parse("2002::/16"), // 6to4: an IPv4 address inside
        IPNetwork.Parse("3fff::/20"), // documentation
    ];

    /// <summary>Says whether an address may be connected to.</summary>
    public static bool IsPublic(IPAddress address) =>
        address.AddressFamily switch
        {
            AddressFamily.InterNetwork => !Array.Exists(RefusedIPv4, block => block.Contains(address)),
            // IPNetwork takes a mapped address for the IPv4 address inside.
            AddressFamily.InterNetworkV6 => !address.IsIPv4MappedToIPv6
                && GlobalIPv6.Contains(address)
                && !Array.Exists(RefusedIPv6, block => block.Contains(address)),
            _ => false,
        };

    /// <summary>Says whether an address is this machine's own.</summary>
    public static bool IsLoopback(IPAddress address) => IPAddress.IsLoopback(address);
}
