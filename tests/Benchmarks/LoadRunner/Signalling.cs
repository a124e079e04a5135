using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace EventMeet.Benchmarks.LoadRunner;

/// <summary>Posts offers, to a bare worker, to EventMeet or to any server with such endpoints.</summary>
internal sealed class Signalling : IDisposable
{
    private const string ApiKeyName = "EVENTMEET_API_KEY";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http = new() { Timeout = Patience };
    private readonly LoadOptions _options;
    private readonly string _whip;
    private readonly string _whep;
    private readonly string _meet;
    private readonly string? _api;
    private readonly string? _apiKey;
    private readonly List<string> _rooms = [];
    private readonly ConcurrentQueue<Uri> _sessions = [];
    private int _identities;

    private Signalling(LoadOptions options, string baseUrl, string? api, string? apiKey)
    {
        (_options, _api, _apiKey) = (options, api, apiKey);
        _whip = options.Whip ?? $"{baseUrl}whip/{{room}}";
        _whep = options.Whep ?? $"{baseUrl}whep/{{room}}";
        _meet = options.MeetUrl ?? (api is null ? $"{baseUrl}meet/{{room}}" : $"{baseUrl}rooms/{{room}}/sessions");
    }

    /// <summary>Gets a value indicating whether a subscriber needs a session for each publisher.</summary>
    public bool PlaysOneByOne => _whep.Contains("{publisher}", StringComparison.Ordinal);

    /// <summary>Prepares the rooms, where the server wants them to be made.</summary>
    public static async Task<Signalling> CreateAsync(LoadOptions options, string? bareUrl)
    {
        if (options.EventMeet is null)
        {
            return new Signalling(options, bareUrl ?? "", api: null, apiKey: null);
        }

        var facts = ReadEnvironment(options.EventMeet);
        var api = $"{facts["EVENTMEET_URL"]}/v1/";
        var signalling = new Signalling(options, api, api, facts[ApiKeyName]);
        for (var room = 0; room < options.Rooms; room++)
        {
            signalling._rooms.Add(await signalling.CreateRoomAsync());
        }

        return signalling;
    }

    /// <summary>Reads who is who from what infra/local/up wrote.</summary>
    public static Dictionary<string, string> ReadEnvironment(string file) =>
        File.ReadLines(file)
            .Select(line => line.Split('=', 2))
            .Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    /// <summary>Posts an offer.</summary>
    /// <returns>The answer.</returns>
    /// <exception cref="HttpRequestException">It was refused.</exception>
    public async Task<string> PostAsync(SignallingUse use, int room, int publisher, string offer)
    {
        var template = use switch
        {
            SignallingUse.Publish => _whip,
            SignallingUse.Play => _whep,
            _ => _meet,
        };
        var name = _rooms.Count > 0 ? _rooms[room] : $"room-{room.ToString(CultureInfo.InvariantCulture)}";
        var url = template
            .Replace("{room}", name, StringComparison.Ordinal)
            .Replace("{publisher}", publisher.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        using var content = new StringContent(offer, Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/sdp");
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
        var token = _api is null ? _options.Token : await CreateTokenAsync(name);
        using var response = await SendAsync(request, token);
        if (response.Headers.Location is { } session)
        {
            _sessions.Enqueue(new Uri(new Uri(url), session));
        }

        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>Ends every session that was made.</summary>
    public async Task LeaveAllAsync()
    {
        while (_sessions.TryDequeue(out var session))
        {
            using var request = new HttpRequestMessage(HttpMethod.Delete, session);
            using var response = await SendAsync(request, _options.Token);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<string> CreateRoomAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_api}rooms")
        {
            Content = JsonContent.Create(new { name = $"load-{Guid.CreateVersion7():n}", maxParticipants = 1000 }),
        };
        using var response = await SendAsync(request, _apiKey);
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    private async Task<string> CreateTokenAsync(string room)
    {
        var identity = $"load-{Interlocked.Increment(ref _identities)}";
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_api}rooms/{room}/tokens")
        {
            Content = JsonContent.Create(new { identity, name = identity }),
        };
        using var response = await SendAsync(request, _apiKey);
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString()!;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string? token)
    {
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        var response = await _http.SendAsync(request);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            var problem = await response.Content.ReadAsStringAsync();
            throw new HttpRequestException(
                $"{request.Method} {request.RequestUri} gave {(int)response.StatusCode}: {problem}"
            );
        }
    }
}
