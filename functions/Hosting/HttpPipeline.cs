using System.Globalization;
using EventMeet.Functions.Storage;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace EventMeet.Functions.Hosting;

/// <summary>
/// What all routes have in common, in this order: 1 method · 2 address limit · 3 credentials · 4 key limit · 5 body ·
/// 6 Idempotency-Key · 7 the handler · 8 audit row · 9 answer with trace, limits and CORS.
/// </summary>
internal sealed partial class HttpPipeline(
    Authenticator authenticator,
    RateLimits limits,
    Idempotency idempotency,
    AuditLog audit,
    CrossOrigin crossOrigin,
    IOptions<HostingOptions> options,
    IServiceProvider services,
    TimeProvider clock,
    ILogger<HttpPipeline> logger
)
{
    // Storage and bus come back within seconds or after an operator has looked.
    private static readonly TimeSpan RetryAfterOutage = TimeSpan.FromSeconds(2);

    /// <summary>Answers one request to a route of the table.</summary>
    public async Task RunAsync(HttpContext context, HttpFunction function)
    {
        using var timeout = new CancellationTokenSource(options.Value.RequestTimeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, context.RequestAborted);
        var reply = await AnswerOrExplainAsync(context, function, both.Token);
        crossOrigin.Apply(context, function);
        await WriteAsync(context, reply);
    }

    /// <summary>Writes an answer with what every answer carries.</summary>
    public static async Task WriteAsync(HttpContext context, Reply reply)
    {
        var written = WriteOut(context, reply);
        var response = context.Response;
        response.StatusCode = written.Status;
        response.Headers.TraceParent = Tracing.ParentOf(context);
        response.Headers.CacheControl = "no-store"; // secrets, and states that change by the second
        response.Headers.XContentTypeOptions = "nosniff";
        foreach (var (name, value) in written.Headers)
        {
            response.Headers.Append(name, value);
        }

        if (written.ContentType is null)
        {
            return;
        }

        response.ContentType = written.ContentType;
        response.ContentLength = written.Body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(written.Body, context.RequestAborted);
        }
    }

    private async Task<Reply> AnswerOrExplainAsync(
        HttpContext context,
        HttpFunction function,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await AnswerAsync(context, function, cancellationToken);
        }
        catch (StorageUnavailableException e)
        {
            StorageAway(logger, function.Name, e);
            return Reply.Refused(new Problem(Refusal.StorageUnavailable) { RetryAfter = RetryAfterOutage });
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Reply.Refused(new Problem(Refusal.TimedOut) { RetryAfter = RetryAfterOutage });
        }
        catch (BadHttpRequestException e)
        {
            return Reply.Refused(
                e.StatusCode == StatusCodes.Status413PayloadTooLarge ? Refusal.BodyTooLarge : Refusal.MalformedRequest
            );
        }
        catch (Exception e) when (IsOurFault(e, function))
        {
            return Reply.Refused(Refusal.InternalError);
        }
    }

    private async Task<Reply> AnswerAsync(
        HttpContext context,
        HttpFunction function,
        CancellationToken cancellationToken
    )
    {
        // 1. The method.
        var request = context.Request;
        if (HttpMethods.IsOptions(request.Method))
        {
            return CrossOrigin.Options(context, function);
        }

        if (MethodOf(request, function) is not { } method)
        {
            return Reply
                .Refused(Refusal.MethodNotAllowed)
                .With(HeaderNames.Allow, CrossOrigin.AllowedMethods(function));
        }

        // 2. to 4. Who asks, and how often.
        var (refused, principal) = await AdmitAsync(context, method, cancellationToken);
        if (refused is not null)
        {
            return refused;
        }

        // 5. The body.
        var (unreadable, body) = await BodyReader.ReadAsync(request, method, cancellationToken);
        if (unreadable is not null)
        {
            return unreadable;
        }

        // 6. The Idempotency-Key.
        IdempotencyTicket? ticket = null;
        if (
            principal is not null
            && HttpMethods.IsPost(request.Method)
            && request.Headers.ContainsKey(Idempotency.Header)
        )
        {
            var start = await idempotency.BeginAsync(request, principal, body, cancellationToken);
            if (start.Reply is { } earlier)
            {
                return earlier;
            }

            ticket = start.Ticket;
        }

        // 7. and 8. The handler, and the note that it was called.
        HttpCall call = new(context, principal, body, PublicUrlOf(request));
        var reply = await HandleAsync(context, method, call, ticket, cancellationToken);
        if (principal is not null && !HttpMethods.IsGet(method.Method))
        {
            await audit.RecordAsync(context, function.Name, principal, reply.Status);
        }

        return reply;
    }

    private async Task<(Reply? Refused, Principal? Principal)> AdmitAsync(
        HttpContext context,
        HttpMethodDefinition method,
        CancellationToken cancellationToken
    )
    {
        var address = Callers.AddressOf(context);
        if (method.Access == Access.Anonymous)
        {
            return (Limit(context, limits.Take(address)), null);
        }

        if (Limit(context, limits.Peek(address)) is { } tooMany)
        {
            return (tooMany, null);
        }

        var authentication = await authenticator.AuthenticateAsync(context.Request, method.Access, cancellationToken);
        if (authentication.Principal is { } principal)
        {
            return (Limit(context, limits.Take(principal)), principal);
        }

        Limit(context, limits.Take(address));
        var reply = Reply.Refused(authentication.Problem!);
        return (reply.Status == StatusCodes.Status401Unauthorized ? Challenge(reply) : reply, null);
    }

    private async Task<Reply> HandleAsync(
        HttpContext context,
        HttpMethodDefinition method,
        HttpCall call,
        IdempotencyTicket? ticket,
        CancellationToken cancellationToken
    )
    {
        var reply = await method.Handler(services)(call, cancellationToken);
        var written = WriteOut(context, reply);
        if (ticket is not null)
        {
            // An exception does not come by here: the row then stands until it counts as abandoned.
            await idempotency.CompleteAsync(ticket, reply, written, CancellationToken.None);
        }

        return written;
    }

    private static HttpMethodDefinition? MethodOf(HttpRequest request, HttpFunction function)
    {
        var wanted = HttpMethods.IsHead(request.Method) ? HttpMethods.Get : request.Method;
        return function.Methods.FirstOrDefault(method =>
            string.Equals(method.Method, wanted, StringComparison.Ordinal)
        );
    }

    private static Reply? Limit(HttpContext context, RateLimitState state)
    {
        context.Response.Headers["RateLimit-Policy"] = state.Policy.Header;
        context.Response.Headers["RateLimit"] = state.Header;
        return state.Allowed
            ? null
            : Reply.Refused(new Problem(Refusal.TooManyRequests) { RetryAfter = state.UntilOne });
    }

    // RFC 6750 section 3: no error code when no credential was given.
    private static Reply Challenge(Reply reply)
    {
        var challenge = "Bearer realm=\"eventmeet\"";
        return reply.With(
            HeaderNames.WWWAuthenticate,
            reply.Problem!.Refusal == Refusal.CredentialsMissing ? challenge : challenge + ", error=\"invalid_token\""
        );
    }

    private static Reply WriteOut(HttpContext context, Reply reply)
    {
        if (reply.Problem is not { } problem)
        {
            return reply;
        }

        var body = Problems.Write(problem, context.Request.Path, Tracing.TraceIdOf(context));
        var written = reply with { Body = body, Problem = null };
        return problem.RetryAfter is { } wait
            ? written.With(
                HeaderNames.RetryAfter,
                Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture)
            )
            : written;
    }

    private string PublicUrlOf(HttpRequest request)
    {
        if (options.Value.PublicUrl is { } known)
        {
            return known.ToString().TrimEnd('/');
        }

        var scheme = request.Headers["X-Forwarded-Proto"].ToString() is "https" ? "https" : request.Scheme;
        var host = request.Headers["X-Forwarded-Host"].ToString();
        return $"{scheme}://{(host.Length > 0 && !host.Contains(',', StringComparison.Ordinal) ? host : request.Host)}";
    }

    private bool IsOurFault(Exception e, HttpFunction function)
    {
        HandlerFailed(logger, function.Name, e);
        return true;
    }

    [LoggerMessage(2002, LogLevel.Error, "{Function} failed")]
    private static partial void HandlerFailed(ILogger logger, string function, Exception e);

    [LoggerMessage(2003, LogLevel.Warning, "{Function} could not reach storage")]
    private static partial void StorageAway(ILogger logger, string function, Exception e);
}
