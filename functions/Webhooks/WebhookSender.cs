using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Polly;
using Polly.Timeout;

namespace EventMeet.Functions.Webhooks;

/// <summary>Makes one attempt: one POST, no redirects, no cookies, no proxy, a bounded response.</summary>
internal sealed class WebhookSender : IDisposable
{
    public const int MostExcerptBytes = 1024;

    // Standard Webhooks 1.0.0 asks for 15 s to 30 s.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly HttpMessageInvoker _http;
    private readonly ResiliencePipeline _pipeline;
    private readonly TimeProvider _clock;

    public WebhookSender(GuardedConnector connector, TimeProvider clock)
    {
        _clock = clock;
        _http = new HttpMessageInvoker(
            new SocketsHttpHandler
            {
                ConnectCallback = connector.ConnectAsync,
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = false, // a proxy would do the connecting, and nobody would check to where
                AutomaticDecompression = System.Net.DecompressionMethods.None,
                MaxResponseHeadersLength = 16,
                MaxResponseDrainSize = MostExcerptBytes,
                PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
                // A name that leads elsewhere is noticed by the next attempt at the latest.
                PooledConnectionLifetime = TimeSpan.FromSeconds(30),
            }
        );
        // The plan of attempts lives on the bus; what is bounded here is the single one.
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddTimeout(Patience)
            .Build();
    }

    /// <summary>Makes the attempt; whatever goes wrong is an outcome.</summary>
    public async Task<AttemptOutcome> SendAsync(
        Webhook webhook,
        Delivery delivery,
        IReadOnlyList<WebhookKeyPair> keys,
        CancellationToken cancellationToken
    )
    {
        var (at, began) = (_clock.GetUtcNow(), _clock.GetTimestamp());
        if (keys.Count == 0)
        {
            return new AttemptOutcome(at, TimeSpan.Zero, null, AttemptError.SigningKeyLost, null, null);
        }

        try
        {
            return await _pipeline.ExecuteAsync(
                async token =>
                {
                    using var request = Write(webhook.Fields.Url, delivery, keys, at);
                    using var response = await _http.SendAsync(request, token);
                    var excerpt = await ReadExcerptAsync(response, token);
                    var duration = _clock.GetElapsedTime(began);
                    return new AttemptOutcome(at, duration, (int)response.StatusCode, null, excerpt, Wish(response));
                },
                cancellationToken
            );
        }
        catch (TimeoutRejectedException)
        {
            return Failed(AttemptError.Timeout);
        }
        catch (HttpRequestException e)
        {
            return Failed(ErrorOf(e));
        }
        catch (IOException)
        {
            return Failed(AttemptError.InvalidResponse);
        }

        AttemptOutcome Failed(AttemptError error) =>
            new(at, _clock.GetElapsedTime(began), null, error, Response: null, RetryAfter: null);
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Write(
        string url,
        Delivery delivery,
        IReadOnlyList<WebhookKeyPair> keys,
        DateTimeOffset at
    )
    {
        var body = Encoding.UTF8.GetBytes(delivery.Body);
        ByteArrayContent content = new(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        HttpRequestMessage request = new(HttpMethod.Post, url) { Content = content };
        var headers = request.Headers;
        headers.UserAgent.Add(new ProductInfoHeaderValue("EventMeet-Webhooks", "1"));
        headers.Add("webhook-id", delivery.Event.Value);
        headers.Add("webhook-timestamp", at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        headers.Add("webhook-signature", WebhookSignature.Sign(delivery.Event.Value, at, body, keys));
        return request;
    }

    private static async Task<string?> ReadExcerptAsync(HttpResponseMessage response, CancellationToken token)
    {
        var buffer = new byte[MostExcerptBytes];
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(token);
            var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, token);
            return length == 0 ? null : TextOf(buffer.AsSpan(0, length));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return null; // the status has come, and it is what counts
        }
    }

    // What is no text becomes replacement characters, which may need more bytes than they stand for.
    private static string TextOf(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        while (Encoding.UTF8.GetByteCount(text) > MostExcerptBytes)
        {
            text = text[..^(text.Length / 4 + 1)];
        }

        return text;
    }

    private TimeSpan? Wish(HttpResponseMessage response) =>
        response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - _clock.GetUtcNow(),
            _ => null,
        };

    private static AttemptError ErrorOf(HttpRequestException e)
    {
        for (Exception? cause = e; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case AddressRefusedException:
                    return AttemptError.AddressRefused;
                case AuthenticationException:
                    return AttemptError.TlsFailed;
                case SocketException
                {
                    SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain
                }:
                    return AttemptError.NameNotResolved;
                case SocketException:
                    return AttemptError.ConnectionFailed;
                default:
                    break;
            }
        }

        return
            e.HttpRequestError
                is HttpRequestError.InvalidResponse
                    or HttpRequestError.ResponseEnded
                    or HttpRequestError.ConfigurationLimitExceeded
            ? AttemptError.InvalidResponse
            : AttemptError.ConnectionFailed;
    }
}
