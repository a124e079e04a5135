using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace EventMeet.SelfTest;

/// <summary>The few calls of the HTTP API that a meeting needs.</summary>
internal sealed class EventMeetApi : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;
    private readonly string _key;

    public EventMeetApi(Uri url, string key)
    {
        _key = key;
        _http = new HttpClient(new TryingAgain { InnerHandler = new SocketsHttpHandler() })
        {
            BaseAddress = url,
            Timeout = Patience,
        };
    }

    /// <summary>Makes a room.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> CreateRoomAsync(string name, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/rooms")
        {
            Content = JsonContent.Create(new { name }),
        };
        using var response = await SendAsync(request, _key, cancellationToken);
        return await ReadAsync(response, "id", cancellationToken);
    }

    /// <summary>Makes a participant's token.</summary>
    public async Task<string> CreateTokenAsync(
        string room,
        string identity,
        string name,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/rooms/{room}/tokens")
        {
            Content = JsonContent.Create(new { identity, name }),
        };
        using var response = await SendAsync(request, _key, cancellationToken);
        return await ReadAsync(response, "token", cancellationToken);
    }

    /// <summary>Posts an offer.</summary>
    /// <returns>The answer, and where the session is.</returns>
    public async Task<(string Answer, string Session)> CreateSessionAsync(
        string room,
        string token,
        string offer,
        CancellationToken cancellationToken
    )
    {
        using var content = new StringContent(offer, Encoding.UTF8, "application/sdp");
        content.Headers.ContentType = new MediaTypeHeaderValue("application/sdp");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/rooms/{room}/sessions") { Content = content };
        using var response = await SendAsync(request, token, cancellationToken);
        var answer = await response.Content.ReadAsStringAsync(cancellationToken);
        return (
            answer,
            response.Headers.Location?.ToString() ?? throw new SelfTestException("A session has no Location.")
        );
    }

    /// <summary>Starts a recording of a room's sound: what synthetic participants show is nothing that a decoder takes.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> StartRecordingAsync(string room, string startedBy, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/rooms/{room}/recordings")
        {
            Content = JsonContent.Create(new { mode = "audio", startedBy }),
        };
        using var response = await SendAsync(request, _key, cancellationToken);
        return await ReadAsync(response, "id", cancellationToken);
    }

    /// <summary>Stops a recording.</summary>
    public async Task StopRecordingAsync(string recording, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/recordings/{recording}/stop");
        using var response = await SendAsync(request, _key, cancellationToken);
    }

    /// <summary>Reads a resource.</summary>
    public async Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await SendAsync(request, _key, cancellationToken);
        return await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
    }

    /// <summary>Downloads a file by its link, which needs no key.</summary>
    public Task<byte[]> DownloadAsync(Uri link, CancellationToken cancellationToken) =>
        _http.GetByteArrayAsync(link, cancellationToken);

    /// <summary>Ends a session or a room; one that is gone already is no failure.</summary>
    /// <param name="path">Of the resource.</param>
    /// <param name="token">The participant's; null for the API key.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task DeleteAsync(string path, string? token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token ?? _key);
        using var response = await _http.SendAsync(request, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private static async Task<string> ReadAsync(
        HttpResponseMessage response,
        string member,
        CancellationToken cancellationToken
    )
    {
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return body.GetProperty(member).GetString()!;
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        string token,
        CancellationToken cancellationToken
    )
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException failure)
        {
            throw new SelfTestException(
                $"Nothing answers at {_http.BaseAddress}: {failure.Message} Is EventMeet running?",
                failure
            );
        }
        catch (TaskCanceledException failure) when (failure.InnerException is TimeoutException)
        {
            throw new SelfTestException(
                $"{request.Method} {request.RequestUri} was not answered within {Patience.TotalSeconds} s.",
                failure
            );
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            var problem = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new SelfTestException(
                $"{request.Method} {request.RequestUri} gave {(int)response.StatusCode}: {problem}"
            );
        }
    }

    /// <summary>
    /// Tries again when it is told to (503 with Retry-After), as the browser SDK does: right after a start the worker may not
    /// be known yet. The client's own patience is the limit.
    /// </summary>
    private sealed class TryingAgain : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            while (true)
            {
                var response = await base.SendAsync(request, cancellationToken);
                if (
                    response.StatusCode is not HttpStatusCode.ServiceUnavailable
                    || response.Headers.RetryAfter?.Delta is not { } wait
                    || wait >= Patience
                )
                {
                    return response;
                }

                response.Dispose();
                await Task.Delay(wait, TimeProvider.System, cancellationToken);
            }
        }
    }
}
