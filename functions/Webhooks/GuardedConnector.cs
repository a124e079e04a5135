using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Webhooks;

/// <summary>
/// Opens the connections of webhook attempts. The name is resolved here, every address it has is checked, and the socket
/// goes to a checked address and not to the name: so an answer that changes between check and use changes nothing.
/// </summary>
internal sealed class GuardedConnector(HostResolver resolve, IOptions<WebhookOptions> options)
{
    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    /// <exception cref="AddressRefusedException">The name leads where it must not.</exception>
    public async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context,
        CancellationToken cancellationToken
    )
    {
        var plain = context.InitialRequestMessage.RequestUri?.Scheme is "http";
        var addresses = await ResolveAsync(context.DnsEndPoint.Host, plain, cancellationToken);
        SocketException? last = null;
        foreach (var address in addresses)
        {
            Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, context.DnsEndPoint.Port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e)
            {
                last = e;
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }

    /// <summary>Resolves a name and refuses it when even one of its addresses must not be reached.</summary>
    /// <param name="host">A name, or an address as text.</param>
    /// <param name="plain">HTTP without TLS, which only this machine may get.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(
        string host,
        bool plain,
        CancellationToken cancellationToken
    )
    {
        IReadOnlyList<IPAddress> addresses = IPAddress.TryParse(host.Trim('[', ']'), out var literal)
            ? [literal]
            : await resolve(host, cancellationToken);
        return addresses.All(address => MayReach(address, plain))
            ? addresses
            : throw new AddressRefusedException("The name leads to an address that must not be reached.");
    }

    private bool MayReach(IPAddress address, bool plain) =>
        AddressPolicy.IsLoopback(address) ? options.Value.AllowLoopback : !plain && AddressPolicy.IsPublic(address);
}

/// <summary>Resolves a host's name; a test may lie.</summary>
internal delegate Task<IReadOnlyList<IPAddress>> HostResolver(string host, CancellationToken cancellationToken);

/// <summary>An endpoint's name leads where it must not.</summary>
internal sealed class AddressRefusedException : Exception
{
    public AddressRefusedException() { }

    public AddressRefusedException(string message)
        : base(message) { }

    public AddressRefusedException(string message, Exception inner)
        : base(message, inner) { }
}
