using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace EventMeet.Benchmarks.FunctionsLoad;

/// <summary>The calls of the HTTP API that the load is made of. False, or null, is an answer that should not be.</summary>
internal sealed class ApiCaller(Uri url, string key, byte[] offer) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = url, Timeout = TimeSpan.FromSeconds(30) };

    public async Task<string> CreateRoomAsync(string name)
    {
        using var response = await SendAsync(HttpMethod.Post, "/v1/rooms", key, JsonContent.Create(new { name }));
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    public async Task<string> CreateTokenAsync(string room, string identity)
    {
        using var body = JsonContent.Create(new { identity, name = identity });
        using var response = await SendAsync(HttpMethod.Post, $"/v1/rooms/{room}/tokens", key, body);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString()!;
    }

    /// <summary>Joins: posts the offer and reads the answer.</summary>
    /// <returns>Where the session is.</returns>
    public async Task<string?> JoinAsync(string room, string token)
    {
        using ByteArrayContent body = new(offer);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/sdp");
        using var response = await SendAsync(HttpMethod.Post, $"/v1/rooms/{room}/sessions", token, body);
        await response.Content.ReadAsByteArrayAsync();
        return response.IsSuccessStatusCode ? response.Headers.Location?.ToString() : null;
    }

    public async Task<bool> LeaveAsync(string session, string token)
    {
        using var response = await SendAsync(HttpMethod.Delete, session, token, content: null);
        return response.IsSuccessStatusCode;
    }

    public async Task<bool> ReadRoomAsync(string room)
    {
        using var response = await SendAsync(HttpMethod.Get, $"/v1/rooms/{room}", key, content: null);
        await response.Content.ReadAsByteArrayAsync();
        return response.IsSuccessStatusCode;
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        string bearer,
        HttpContent? content
    )
    {
        using HttpRequestMessage request = new(method, path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        return await _http.SendAsync(request);
    }
}
