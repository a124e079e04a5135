using System.Net;
using System.Text.Json;
using EventMeet.Sfu.Control;
using Microsoft.Extensions.Logging;

namespace EventMeet.Sfu.Net;

/// <summary>Asks Azure's instance metadata service for the machine's public addresses.</summary>
internal sealed class AzureMetadata(ILogger<AzureMetadata> logger)
{
    private const string Address = "http://169.254.169.254/metadata/instance/network?api-version=2021-12-13";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>Gets the public addresses; none when this is no Azure machine or it has none.</summary>
    public async Task<IReadOnlyList<IPAddress>> GetPublicAddressesAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Asked once per shard, at start: nothing to pool, and no proxy stands before a link-local address.
            using var handler = new SocketsHttpHandler { UseProxy = false };
            using var http = new HttpClient(handler) { Timeout = Timeout };
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Address));
            request.Headers.Add("Metadata", "true");
            using var response = await http.SendAsync(request, cancellationToken);
            _ = response.EnsureSuccessStatusCode();
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            using var document = await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
            return Read(document.RootElement);
        }
        catch (Exception failure)
            when (failure is HttpRequestException or JsonException or TaskCanceledException
                && !cancellationToken.IsCancellationRequested
            )
        {
            logger.NoMetadata(failure.Message);
            return [];
        }
    }

    /// <summary>Reads <c>{ "interface": [ { "ipv4": { "ipAddress": [ { "publicIpAddress": "…" } ] } } ] }</c>; skips what is not of that shape.</summary>
    internal static IReadOnlyList<IPAddress> Read(JsonElement network)
    {
        var found = new List<IPAddress>();
        foreach (var each in ElementsOf(network, "interface"))
        {
            if (!each.TryGetProperty("ipv4", out var ipv4))
            {
                continue;
            }

            foreach (var address in ElementsOf(ipv4, "ipAddress"))
            {
                if (
                    address.TryGetProperty("publicIpAddress", out var text)
                    && text.ValueKind is JsonValueKind.String
                    && IPAddress.TryParse(text.GetString(), out var parsed)
                )
                {
                    found.Add(parsed);
                }
            }
        }

        return found;
    }

    private static IEnumerable<JsonElement> ElementsOf(JsonElement parent, string name) =>
        parent.ValueKind is JsonValueKind.Object
        && parent.TryGetProperty(name, out var array)
        && array.ValueKind is JsonValueKind.Array
            ? array.EnumerateArray().Where(element => element.ValueKind is JsonValueKind.Object)
            : [];
}
