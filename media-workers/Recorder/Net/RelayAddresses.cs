using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using EventMeet.Contracts.Messages;
using Microsoft.Extensions.Options;

namespace EventMeet.Recorder.Net;

/// <summary>Finds out where SFU workers reach this recorder: the configured addresses, else those of the machine's interfaces.</summary>
internal sealed class RelayAddresses(IOptions<RecorderOptions> options)
{
    private const int Most = 8;

    /// <summary>Lists a port's addresses, IPv4 first; 1 to 8.</summary>
    public IReadOnlyList<RelayAddress> Of(int port)
    {
        // Asked each time: an address that comes while the recorder runs is announced with the next recording.
        var addresses = options.Value.ParseAddresses();
        if (addresses.Count == 0)
        {
            addresses = OwnAddresses();
        }

        return [.. addresses.Distinct().Take(Most).Select(address => new RelayAddress(address.ToString(), port))];
    }

    private List<IPAddress> OwnAddresses()
    {
        var bound = IPAddress.Parse(options.Value.BindAddress);
        if (!bound.Equals(IPAddress.Any) && !bound.Equals(IPAddress.IPv6Any))
        {
            return [bound];
        }

        var found = NetworkInterface
            .GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus is OperationalStatus.Up)
            .Where(network => network.NetworkInterfaceType is not NetworkInterfaceType.Loopback)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => IsUsable(address, bound.AddressFamily))
            .OrderBy(address => address.AddressFamily is AddressFamily.InterNetwork ? 0 : 1)
            .ToList();
        return found.Count > 0 ? found : [IPAddress.Loopback];
    }

    private static bool IsUsable(IPAddress address, AddressFamily bound) =>
        address.AddressFamily is AddressFamily.InterNetwork
        || (bound is AddressFamily.InterNetworkV6 && !address.IsIPv6LinkLocal);
}
