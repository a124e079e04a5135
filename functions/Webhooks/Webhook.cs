using System.Text.Json.Serialization;
using EventMeet.Contracts;
using EventMeet.Functions.Events;

namespace EventMeet.Functions.Webhooks;

/// <summary>An endpoint: table "webhooks", partition tenant, row "endpoint|" and its id. Nothing secret is stored.</summary>
internal sealed record Webhook(WebhookId Id, TenantId Tenant, WebhookFields Fields, DateTimeOffset CreatedAt)
{
    public const string RowPrefix = "endpoint|";

    /// <summary>Gets when it last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Gets its signing keys, the current one first; others stay valid for their overlap.</summary>
    public IReadOnlyList<SigningKey> Keys { get; init; } = [];

    /// <summary>Gets why nothing is sent; null when something is.</summary>
    public DisabledReason? Disabled { get; init; }

    /// <summary>Gets since when nothing is sent.</summary>
    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>Says whether the endpoint wants to hear of an event.</summary>
    public bool Wants(RaisedEvent raised) =>
        Disabled is null
        && (Fields.Events.Count == 0 || Fields.Events.Any(filter => EventTypes.Matches(filter, raised.Type)))
        && (Fields.Rooms.Count == 0 || Fields.Rooms.Any(room => IsRoom(room, raised)));

    private static bool IsRoom(string filter, RaisedEvent raised) =>
        string.Equals(filter, raised.Room?.Value, StringComparison.Ordinal)
        || string.Equals(filter, raised.RoomName, StringComparison.Ordinal);
}

/// <summary>What the tenant chose.</summary>
internal sealed record WebhookFields(string Url)
{
    public string? Description { get; init; }

    /// <summary>Gets which types of events, or families such as "room.*"; none for all.</summary>
    public IReadOnlyList<string> Events { get; init; } = [];

    /// <summary>Gets which rooms, by id or name; none for all.</summary>
    public IReadOnlyList<string> Rooms { get; init; } = [];
}

/// <summary>A generation of an endpoint's signing keys; the keys themselves are derived, see <see cref="WebhookKeys"/>.</summary>
/// <param name="Generation">From 1.</param>
/// <param name="MasterKey">Which master key they are derived from.</param>
/// <param name="ValidUntil">Null for the current one.</param>
internal sealed record SigningKey(int Generation, string MasterKey, DateTimeOffset? ValidUntil);

/// <summary>Why an endpoint is told nothing.</summary>
internal enum DisabledReason
{
    /// <summary>The tenant said so.</summary>
    [JsonStringEnumMemberName("request")]
    Request,

    /// <summary>It answered 410 Gone.</summary>
    [JsonStringEnumMemberName("gone")]
    Gone,
}

/// <summary>The limits of endpoints.</summary>
internal static class WebhookLimits
{
    public const int Endpoints = 50;
    public const int Url = 2048;
    public const int Description = 256;
    public const int Filters = 50;
    public const int Room = 128;
    public const int Keys = 5;
    public const int OverlapSeconds = 7 * 24 * 3600;
    public const int DefaultOverlapSeconds = 24 * 3600;
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(Webhook))]
[JsonSerializable(typeof(Delivery))]
[JsonSerializable(typeof(AttemptOrder))]
internal sealed partial class WebhooksJsonContext : JsonSerializerContext;
