using System.Net;

namespace EventMeet.Functions.Hosting;

/// <summary>Where a request came from.</summary>
internal static class Callers
{
    private const string ForwardedFor = "X-Forwarded-For";

    /// <summary>
    /// Gets the client's address. The front end appends the address it saw to whatever the client sent, so only the
    /// last entry can be believed.
    /// </summary>
    public static string AddressOf(HttpContext context)
    {
        var forwarded = context.Request.Headers[ForwardedFor].ToString();
        var last = forwarded[(forwarded.LastIndexOf(',') + 1)..].Trim();
        if (IPAddress.TryParse(last, out var address))
        {
            return address.ToString();
        }

        return IPEndPoint.TryParse(last, out var endpoint)
            ? endpoint.Address.ToString()
            : context.Connection.RemoteIpAddress?.ToString() ?? "unknown";
    }

    /// <summary>Says whether a proxy handed this request on; the functions host's own trigger calls are never marked so.</summary>
    public static bool IsProxied(HttpContext context)
    {
        var headers = context.Request.Headers;
        return headers.ContainsKey(ForwardedFor)
            || headers.ContainsKey("Forwarded")
            || headers.ContainsKey("X-Forwarded-Host")
            || headers.ContainsKey("X-Original-URL")
            || headers.ContainsKey("X-ARR-LOG-ID");
    }
}
