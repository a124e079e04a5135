using System.Globalization;
using EventMeet.Contracts;
using Microsoft.Net.Http.Headers;

namespace EventMeet.Functions.Hosting;

/// <summary>One request as a handler sees it: who asks, for what, with which body. Nothing here has side effects.</summary>
/// <param name="context">The HTTP exchange; the pipeline writes the response.</param>
/// <param name="principal">Who asks; null on anonymous routes.</param>
/// <param name="body">The whole body, within the route's cap.</param>
/// <param name="publicUrl">How the outside reaches this API, without a slash at the end.</param>
internal sealed class HttpCall(HttpContext context, Principal? principal, ReadOnlyMemory<byte> body, string publicUrl)
{
    public HttpRequest Request => context.Request;

    /// <summary>Gets who asks.</summary>
    /// <exception cref="InvalidOperationException">The route is anonymous.</exception>
    public Principal Principal => principal ?? throw new InvalidOperationException("An anonymous route has no caller.");

    /// <summary>Gets the participant; only on routes for participants.</summary>
    public ParticipantPrincipal Participant => (ParticipantPrincipal)Principal;

    public TenantId Tenant => Principal.Tenant;

    public ReadOnlyMemory<byte> Body => body;

    /// <summary>Gets the media type in lower case, without parameters; empty when there is no body.</summary>
    public string MediaType => MediaTypeOf(context.Request);

    /// <summary>Gets how the outside reaches this API, without a slash at the end.</summary>
    public string PublicUrl => publicUrl;

    /// <summary>Gets the path of this request as an absolute URL.</summary>
    public string Url => publicUrl + context.Request.Path;

    /// <summary>Gets the caller's address as the front end saw it.</summary>
    public string Address => Callers.AddressOf(context);

    /// <summary>Gets the W3C trace context to hand on with messages.</summary>
    public string TraceParent => Tracing.ParentOf(context);

    /// <summary>Gets a part of the path, percent-decoded.</summary>
    public string Route(string name) =>
        Convert.ToString(context.GetRouteValue(name), CultureInfo.InvariantCulture) ?? "";

    public static string MediaTypeOf(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) && parsed.MediaType.HasValue
            ? parsed.MediaType.Value.ToLowerInvariant()
            : "";

    /// <summary>Says whether the client has this version already (If-None-Match).</summary>
    /// <param name="etag">The resource's strong ETag, quotes included.</param>
    public bool Knows(string etag) =>
        context.Request.GetTypedHeaders().IfNoneMatch.Any(one => one.Tag == etag || one.Tag == "*");

    /// <summary>Says whether If-Match allows a change of what has this ETag.</summary>
    /// <param name="etag">The resource's strong ETag, quotes included.</param>
    /// <param name="required">Refuse when there is no If-Match (428).</param>
    /// <returns>None, PreconditionFailed or PreconditionRequired.</returns>
    public Refusal CheckIfMatch(string etag, bool required)
    {
        var wanted = context.Request.GetTypedHeaders().IfMatch;
        if (wanted.Count == 0)
        {
            // A header that is there but cannot be parsed must not count as absent.
            var present = context.Request.Headers.ContainsKey(HeaderNames.IfMatch);
            return present ? Refusal.PreconditionFailed
                : required ? Refusal.PreconditionRequired
                : Refusal.None;
        }

        return wanted.Any(one => one.Equals(EntityTagHeaderValue.Any) || (!one.IsWeak && one.Tag == etag))
            ? Refusal.None
            : Refusal.PreconditionFailed;
    }
}

/// <summary>Answers one HTTP request; a refusal is an answer like any other.</summary>
internal delegate Task<Reply> HttpHandler(HttpCall call, CancellationToken cancellationToken);
