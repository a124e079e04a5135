using System.Net;
using EventMeet.Contracts;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace EventMeet.FunctionsHost;

/// <summary>Proxies requests to the HTTP functions, as they are and streaming both ways.</summary>
internal sealed class HttpFunctions(HandlerProcess handler, IHttpForwarder forwarder, IdSource ids, TimeProvider clock)
    : IDisposable
{
    // A handler that has crashed is back within a second or two; a caller rather waits than fails.
    private static readonly TimeSpan HandlerPatience = TimeSpan.FromSeconds(10);
    private static readonly ForwarderRequestConfig Config = new() { ActivityTimeout = TimeSpan.FromSeconds(240) };

    private readonly HttpMessageInvoker _client = new(
        new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(2),
        }
    );

    public async Task ForwardAsync(HttpContext context)
    {
        Uri address;
        try
        {
            using var patience = new CancellationTokenSource(HandlerPatience, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, context.RequestAborted);
            address = await WhenReadyAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            await Unavailable.WriteAsync(
                context,
                "The functions app is not running. It is being started; try again in a moment."
            );
            return;
        }

        context.Request.Headers["X-Azure-Functions-InvocationId"] = ids.NewText("");
        context.Request.Headers["X-Azure-Functions-HostVersion"] = HostVersion.Text;
        var error = await forwarder.SendAsync(context, address.ToString(), _client, Config, ForwardedHeaders.Instance);
        if (error is not ForwarderError.None && !context.Response.HasStarted)
        {
            context.Response.Clear();
            await Unavailable.WriteAsync(context, "The functions app ended while it answered. Try again.");
        }
    }

    public void Dispose() => _client.Dispose();

    // The wait itself is cancelled when a handler ends before it was ever ready; the next one may be.
    private async Task<Uri> WhenReadyAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await handler.WhenReadyAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Ask again.
            }
        }
    }

    /// <summary>Tells the handler who asked: the caller's address behind whatever the caller claimed.</summary>
    private sealed class ForwardedHeaders : HttpTransformer
    {
        public static readonly ForwardedHeaders Instance = new();

        public override async ValueTask TransformRequestAsync(
            HttpContext httpContext,
            HttpRequestMessage proxyRequest,
            string destinationPrefix,
            CancellationToken cancellationToken
        )
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
            var connection = httpContext.Features.GetRequiredFeature<IHttpConnectionFeature>();
            _ = proxyRequest.Headers.TryAddWithoutValidation("X-Forwarded-For", connection.RemoteIpAddress?.ToString());
            _ = proxyRequest.Headers.TryAddWithoutValidation("X-Forwarded-Host", httpContext.Request.Host.Value);
            _ = proxyRequest.Headers.TryAddWithoutValidation("X-Forwarded-Proto", httpContext.Request.Scheme);
            proxyRequest.Headers.Host = httpContext.Request.Host.Value;
        }
    }
}

/// <summary>The host's own "not now", in the API's own form.</summary>
internal static class Unavailable
{
    public static Task WriteAsync(HttpContext context, string detail)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = "1";
        return context.Response.WriteAsJsonAsync(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["type"] = "about:blank",
                ["title"] = "Service Unavailable",
                ["detail"] = detail,
            },
            options: null,
            contentType: "application/problem+json",
            context.RequestAborted
        );
    }
}
