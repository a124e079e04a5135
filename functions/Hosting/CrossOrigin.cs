using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace EventMeet.Functions.Hosting;

/// <summary>CORS (Fetch standard): participant routes answer pages of other origins, management routes do not.</summary>
internal sealed class CrossOrigin(IOptions<HostingOptions> options)
{
    private const string RequestHeaders =
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, traceparent";

    private const string ReadableHeaders =
        "Location, Link, ETag, Retry-After, Allow, Accept-Post, Accept-Patch, WWW-Authenticate, "
        + "RateLimit, RateLimit-Policy, Idempotency-Replayed, traceparent";

    // What a browser may remember a preflight for; two hours is the most that Chromium honours.
    private const string PreflightAge = "7200";

    /// <summary>Adds what lets the page read the answer.</summary>
    public void Apply(HttpContext context, HttpFunction function)
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (!function.OpenToBrowsers || origin.Length == 0)
        {
            return;
        }

        var headers = context.Response.Headers;
        headers.Append(HeaderNames.Vary, HeaderNames.Origin);
        if (Allows(origin))
        {
            headers.AccessControlAllowOrigin = AllowsAll ? "*" : origin;
            headers.AccessControlExposeHeaders = ReadableHeaders;
        }
    }

    /// <summary>Answers OPTIONS, preflight or not; without credentials, which a preflight never has.</summary>
    public static Reply Options(HttpContext context, HttpFunction function)
    {
        var methods = AllowedMethods(function);
        var reply = Reply.Empty(StatusCodes.Status204NoContent).With(HeaderNames.Allow, methods);
        if (AcceptedBy(function, HttpMethods.Post) is { Length: > 0 } post)
        {
            reply = reply.With("Accept-Post", post); // RFC 9725 section 4.2
        }

        if (AcceptedBy(function, HttpMethods.Patch) is { Length: > 0 } patch)
        {
            reply = reply.With("Accept-Patch", patch);
        }

        var preflight = context.Request.Headers.ContainsKey(HeaderNames.AccessControlRequestMethod);
        return preflight && function.OpenToBrowsers
            ? reply
                .With(HeaderNames.AccessControlAllowMethods, methods)
                .With(HeaderNames.AccessControlAllowHeaders, RequestHeaders)
                .With(HeaderNames.AccessControlMaxAge, PreflightAge)
            : reply;
    }

    /// <summary>Gets the route's methods for the Allow header.</summary>
    public static string AllowedMethods(HttpFunction function)
    {
        var methods = function.Methods.Select(method => method.Method).ToList();
        if (methods.Contains(HttpMethods.Get, StringComparer.Ordinal))
        {
            methods.Add(HttpMethods.Head);
        }

        return string.Join(", ", methods.Append(HttpMethods.Options));
    }

    private static string AcceptedBy(HttpFunction function, string method) =>
        string.Join(
            ", ",
            function.Methods.Where(one => HttpMethods.Equals(one.Method, method)).SelectMany(one => one.Accepts)
        );

    // Nothing configured means any: the credential is in a header that only a page which has it can send.
    private bool AllowsAll => options.Value.AllowedOrigins is { Count: 0 } or ["*"];

    private bool Allows(string origin) =>
        AllowsAll || options.Value.AllowedOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase);
}
