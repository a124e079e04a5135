using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using EventMeet.Contracts.Messages;
using EventMeet.Sfu.Control;
using EventMeet.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EventMeet.Sfu.Net;

/// <summary>
/// Finds out where browsers reach a shard: the configured addresses; else what STUN and Azure's metadata service say,
/// followed by the machine's own. Public ones come first.
/// </summary>
internal sealed class PublicAddresses(
    IOptions<SfuOptions> options,
    AzureMetadata azure,
    MonotonicClock clock,
    ILogger<PublicAddresses> logger
)
{
    private const int DefaultStunPort = 3478;

    /// <summary>Lists a shard's addresses, best first; never empty.</summary>
    public async Task<IReadOnlyList<MediaAddress>> OfAsync(Shard shard, CancellationToken cancellationToken)
    {
        var addresses = options.Value.ParsePublicAddresses();
        if (addresses.Count == 0)
        {
            addresses = await DiscoverAsync(shard, cancellationToken);
        }

        return
        [
            .. addresses
                .Distinct()
                .Select(address => new MediaAddress(address.ToString(), shard.Port, shard.HasTcp ? shard.Port : null)),
        ];
    }

    private async Task<IReadOnlyList<IPAddress>> DiscoverAsync(Shard shard, CancellationToken cancellationToken)
    {
        var found = new List<IPAddress>();
        if (options.Value.AzureMetadata)
        {
            found.AddRange(await azure.GetPublicAddressesAsync(cancellationToken));
        }

        if (options.Value.StunServer.Length > 0)
        {
            await AskStunAsync(shard, found, cancellationToken);
        }

        found.AddRange(OwnAddresses());
        return found.Count > 0 ? found : [IPAddress.Loopback];
    }

    private async Task AskStunAsync(Shard shard, List<IPAddress> found, CancellationToken cancellationToken)
    {
        var (host, port) = Split(options.Value.StunServer);
        try
        {
            foreach (
                var address in await Dns.GetHostAddressesAsync(host, AddressFamily.InterNetwork, cancellationToken)
            )
            {
                if (shard.ProbePublicAddress(new IPEndPoint(address, port), clock) is { } learned)
                {
                    found.Add(learned);
                    return;
                }
            }

            logger.NoPublicAddress(shard.Number, options.Value.StunServer, "it does not answer.");
        }
        catch (SocketException failure)
        {
            logger.NoPublicAddress(shard.Number, options.Value.StunServer, failure.Message);
        }
    }

    private IEnumerable<IPAddress> OwnAddresses()
    {
        var bound = IPAddress.Parse(options.Value.BindAddress);
        if (!bound.Equals(IPAddress.Any) && !bound.Equals(IPAddress.IPv6Any))
        {
            return [bound];
        }

        return NetworkInterface
            .GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus is OperationalStatus.Up)
            .Where(network => network.NetworkInterfaceType is not NetworkInterfaceType.Loopback)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => IsUsable(address, bound.AddressFamily));
    }

    private static bool IsUsable(IPAddress address, AddressFamily bound) =>
        address.AddressFamily is AddressFamily.InterNetwork
        || (bound is AddressFamily.InterNetworkV6 && !address.IsIPv6LinkLocal);

    private static (string Host, int Port) Split(string server) =>
        server.LastIndexOf(':') is > 0 and var colon
        && int.TryParse(server.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture, out var port)
            ? (server[..colon], port)
            : (server, DefaultStunPort);
}
