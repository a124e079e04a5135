using System.Text.Json.Serialization;
using EventMeet.Functions.Events;
using EventMeet.Functions.Hosting;

namespace EventMeet.Functions.Webhooks;

/// <summary>An endpoint as the API shows it.</summary>
internal sealed record WebhookBody(
    WebhookId Id,
    string Url,
    string? Description,
    IReadOnlyList<string> Events,
    IReadOnlyList<string> Rooms,
    bool Enabled,
    DisabledReason? DisabledReason,
    DateTimeOffset? DisabledAt,
    string? PublicKey,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string Etag
)
{
    /// <summary>Gets the secret; only in the answer that made it.</summary>
    public string? Secret { get; init; }

    public static WebhookBody Of(Webhook webhook, string? publicKey, string etag) =>
        new(
            webhook.Id,
            webhook.Fields.Url,
            webhook.Fields.Description,
            webhook.Fields.Events,
            webhook.Fields.Rooms,
            webhook.Disabled is null,
            webhook.Disabled,
            webhook.DisabledAt,
            publicKey,
            webhook.CreatedAt,
            webhook.UpdatedAt,
            etag
        );
}

/// <summary>All endpoints on a page.</summary>
internal sealed record WebhookList(IReadOnlyList<WebhookBody> Data)
{
    public string? NextCursor { get; init; }
}

/// <summary>The public keys that signatures of the kind "v1a" can be checked with now, the current one first.</summary>
internal sealed record PublicKeyList(IReadOnlyList<PublicKeyBody> Data);

/// <summary>One of them.</summary>
internal sealed record PublicKeyBody(string PublicKey);

/// <summary>A delivery as the API shows it.</summary>
internal sealed record DeliveryBody(
    string Id,
    EventId Event,
    string Type,
    DeliveryState State,
    DeadReason? Reason,
    int AttemptCount,
    DateTimeOffset CreatedAt,
    DateTimeOffset? NextAttemptAt,
    IReadOnlyList<Attempt> Attempts
)
{
    public const string IdPrefix = "dlv_";

    /// <summary>Makes the id: within an endpoint there is one delivery for each event.</summary>
    public static string IdOf(EventId id) => IdPrefix + id.Value[EventId.Prefix.Length..];

    /// <summary>Gets which event a delivery's id stands for; null when it is none.</summary>
    public static EventId? EventOf(string id)
    {
        var text = id.StartsWith(IdPrefix, StringComparison.Ordinal) ? EventId.Prefix + id[IdPrefix.Length..] : id;
        return EventId.IsWellFormed(text) ? new EventId(text) : null;
    }

    public static DeliveryBody Of(Delivery delivery) =>
        new(
            IdOf(delivery.Event),
            delivery.Event,
            delivery.Type,
            delivery.State,
            delivery.Dead,
            delivery.AttemptCount,
            delivery.CreatedAt,
            delivery.NextAttemptAt,
            delivery.Attempts
        );
}

/// <summary>A page of deliveries.</summary>
internal sealed record DeliveryList(IReadOnlyList<DeliveryBody> Data)
{
    public string? NextCursor { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    Converters = [typeof(UtcTimeConverter)]
)]
[JsonSerializable(typeof(WebhookBody))]
[JsonSerializable(typeof(WebhookList))]
[JsonSerializable(typeof(PublicKeyList))]
[JsonSerializable(typeof(DeliveryBody))]
[JsonSerializable(typeof(DeliveryList))]
internal sealed partial class WebhooksApiContext : JsonSerializerContext;
