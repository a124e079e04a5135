using System.Net;

namespace EventMeet.Functions.Webhooks;

/// <summary>Checks an endpoint's URL as it is written. What its name resolves to is checked at every attempt.</summary>
internal static class WebhookUrl
{
    private const string Local = "localhost";

    /// <summary>Checks a URL.</summary>
    /// <returns>Null, or what it must be.</returns>
    public static string? Check(string text, bool allowLoopback)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0 || text.Any(char.IsControl))
        {
            return "must be an absolute https URL";
        }

        var local = IsLocal(url);
        if (url.Scheme is not "https" && !(url.Scheme is "http" && local && allowLoopback))
        {
            return allowLoopback ? "must be an https URL, or http to this machine" : "must be an https URL";
        }

        if (url.UserInfo.Length > 0 || url.Fragment.Length > 0)
        {
            return "must have neither user name nor fragment";
        }

        var refused = local ? !allowLoopback : AddressOf(url) is { } address && !AddressPolicy.IsPublic(address);
        return refused ? "must not lead to a private, loopback or link-local address" : null;
    }

    private static bool IsLocal(Uri url) =>
        AddressOf(url) is { } address
            ? AddressPolicy.IsLoopback(address)
            : url.IdnHost.TrimEnd('.') is var host
                && (
                    host.Equals(Local, StringComparison.OrdinalIgnoreCase)
                    || host.EndsWith("." + Local, StringComparison.OrdinalIgnoreCase)
                );

    private static IPAddress? AddressOf(Uri url) =>
        url.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6
        && IPAddress.TryParse(url.DnsSafeHost, out var address)
            ? address
            : null;
}
