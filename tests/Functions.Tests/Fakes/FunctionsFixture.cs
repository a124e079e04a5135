using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Keys;
using EventMeet.Functions.Recordings;
using EventMeet.Functions.Storage;
using EventMeet.Functions.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace EventMeet.Functions.Tests.Fakes;

/// <summary>The whole app on a port of its own; only tables, bus and clock are fakes.</summary>
public sealed class FunctionsFixture : IAsyncLifetime
{
    // Far from midnight and with fractions, so that neither rounding nor days are met by accident.
    private static readonly DateTimeOffset Start = new(2030, 1, 31, 9, 0, 0, 250, TimeSpan.Zero);

    private readonly WebApplication _app;

    public FunctionsFixture()
    {
        Blobs = new FakeRecordingStorage(Clock);
        var builder = WebApplication.CreateSlimBuilder(["--port", "0", .. Settings]);
        builder.AddHosting(Clock);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<ITableStore>(Store);
        builder.Services.AddSingleton<IMessageBus>(Bus);
        builder.Services.AddSingleton<IRecordingStorage>(Blobs);
        builder.Services.AddAreas();
        builder.Services.AddSingleton<HostResolver>((host, _) => Task.FromResult(Addresses(host)));
        _app = builder.Build();
        _app.MapFunctions(FunctionTable.All);
    }

    private static string[] Settings =>
        [
            "--Keys:MasterKey",
            Convert.ToBase64String(new byte[32]),
            "--Turn:Uris:0",
            "turn:relay.example:3478",
            "--Turn:Secret",
            "shared",
            "--Hosting:MeetingPage",
            "https://meet.example/",
            "--Webhooks:AllowLoopback",
            "true",
        ];

    /// <summary>Gets or sets what names resolve to.</summary>
    internal Func<string, IReadOnlyList<IPAddress>> Addresses { get; set; } = _ => [IPAddress.Loopback];

    internal FakeTableStore Store { get; } = new();

    internal FakeBus Bus { get; } = new();

    internal FakeRecordingStorage Blobs { get; }

    internal FakeTimeProvider Clock { get; } = new(Start);

    internal HttpClient Http { get; private set; } = null!;

    internal ApiKey Key { get; private set; } = null!;

    internal ApiKey OtherTenantsKey { get; private set; } = null!;

    internal T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public async ValueTask InitializeAsync()
    {
        await _app.StartAsync(TestContext.Current.CancellationToken);
        var address = Get<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Http = new HttpClient { BaseAddress = new Uri(address) };
        Key = await MakeKeyAsync("one");
        OtherTenantsKey = await MakeKeyAsync("other");
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }

    internal async Task<ApiKey> MakeKeyAsync(string tenant)
    {
        var keys = Get<KeyStore>();
        var id = await keys.EnsureTenantAsync(tenant, CancellationToken.None);
        return (await keys.CreateAsync(id, "test", CancellationToken.None)).Key;
    }

    /// <summary>Sends a request as the tenant, or with another bearer.</summary>
    internal async Task<Answer> SendAsync(
        string method,
        string path,
        string? json = null,
        string? bearer = null,
        params (string Name, string Value)[] headers
    )
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer ?? Key.Credential);
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content!.Headers.Remove(name);
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        return await Answer.ReadAsync(response);
    }

    /// <summary>Makes a room and gives its id.</summary>
    internal async Task<RoomId> MakeRoomAsync(string json = "{}")
    {
        var answer = await SendAsync("POST", "/v1/rooms", json);
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        return new RoomId(answer.Text("id"));
    }

    /// <summary>Posts worker events the way the Functions host does: as a batch of base64 in a string.</summary>
    internal async Task<Answer> ReportAsync(params WorkerEvent[] events)
    {
        var bodies = new JsonArray([
            .. events.Select(fact => JsonValue.Create(Convert.ToBase64String(MessageTypes.Write(fact)))),
        ]);
        var properties = new JsonArray([
            .. events.Select(fact => new JsonObject { ["cloudEvents:type"] = MessageTypes.NameOf(fact) }),
        ]);
        JsonObject payload = new()
        {
            ["Data"] = new JsonObject { ["messages"] = bodies.ToJsonString() },
            ["Metadata"] = new JsonObject { ["ApplicationPropertiesArray"] = properties.ToJsonString() },
        };
        return await SendAsync("POST", "/WorkerEvents", payload.ToJsonString());
    }

    /// <summary>Fires a timer.</summary>
    internal Task<Answer> TickAsync(string function) =>
        SendAsync("POST", "/" + function, """{"Data":{"timer":{"IsPastDue":false}},"Metadata":{}}""");
}

/// <summary>A response, read whole.</summary>
internal sealed record Answer(HttpStatusCode Status, string Body, ILookup<string, string> Headers)
{
    public static async Task<Answer> ReadAsync(HttpResponseMessage response)
    {
        var all = response.Headers.Concat(response.Content.Headers);
        var headers = all.SelectMany(header => header.Value.Select(value => (header.Key, value)))
            .ToLookup(header => header.Key, header => header.value, StringComparer.OrdinalIgnoreCase);
        return new Answer(response.StatusCode, await response.Content.ReadAsStringAsync(), headers);
    }

    public JsonObject Json => JsonNode.Parse(Body)!.AsObject();

    public string Problem =>
        Json["type"]!.GetValue<string>().Replace("urn:eventmeet:problem:", "", StringComparison.Ordinal);

    public string Header(string name) => string.Join(", ", Headers[name]);

    public string Text(string name) => Convert.ToString(Json[name], CultureInfo.InvariantCulture)!;
}
