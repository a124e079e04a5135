using System.Text.Json.Serialization;
using EventMeet.Contracts;
using EventMeet.Functions.Events;

namespace EventMeet.Functions.Webhooks;

/// <summary>
/// One event to be told to one endpoint: table "deliveries", partition the endpoint's id, row <see cref="RowOf"/>. There
/// is one per event and endpoint, so that nothing is told twice without need.
/// </summary>
internal sealed record Delivery(EventId Event, string Type, DateTimeOffset CreatedAt, string Body)
{
    public const string RowPrefix = "delivery|";
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    public DeliveryState State { get; init; } = DeliveryState.Pending;

    /// <summary>Gets the number of the attempt order that counts; orders with another number are stale.</summary>
    public int Ticket { get; init; } = 1;

    /// <summary>Gets how many attempts of the present round have failed; a redelivery starts a new round.</summary>
    public int Failures { get; init; }

    /// <summary>Gets until when somebody is making an attempt; null when nobody is.</summary>
    public DateTimeOffset? ClaimedUntil { get; init; }

    /// <summary>Gets when the next attempt is planned.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>Gets how many attempts were made in all.</summary>
    public int AttemptCount { get; init; }

    /// <summary>Gets the newest attempts, oldest first.</summary>
    public IReadOnlyList<Attempt> Attempts { get; init; } = [];

    /// <summary>Gets why it was given up.</summary>
    public DeadReason? Dead { get; init; }

    /// <summary>Gets the row's name: newest first, because the newest are what somebody who looks wants.</summary>
    public static string RowOf(EventId id) =>
        RowPrefix + string.Concat(id.Value.Skip(EventId.Prefix.Length).Select(Mirror));

    /// <summary>Gets the row names of deliveries of events that were made before a time.</summary>
    public static string OldestRowFrom(DateTimeOffset before) =>
        RowOf(new EventId(new IdSource(new FixedClock(before)).NewText(EventId.Prefix)))[..(RowPrefix.Length + 10)];

    private static char Mirror(char character) =>
        Alphabet.IndexOf(character, StringComparison.Ordinal) is var index and >= 0
            ? Alphabet[Alphabet.Length - 1 - index]
            : character;

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}

/// <summary>One attempt.</summary>
/// <param name="Number">From 1.</param>
/// <param name="At">When it began.</param>
/// <param name="DurationMs">How long it took, in milliseconds.</param>
/// <param name="Status">The HTTP status; null when there was no response.</param>
/// <param name="Error">What went wrong without a response, in a word.</param>
/// <param name="Response">The beginning of the response's body, at most 1 KiB.</param>
internal sealed record Attempt(
    int Number,
    DateTimeOffset At,
    int DurationMs,
    int? Status,
    AttemptError? Error,
    string? Response
);

/// <summary>Why there was no response.</summary>
internal enum AttemptError
{
    [JsonStringEnumMemberName("timeout")]
    Timeout,

    [JsonStringEnumMemberName("name_not_resolved")]
    NameNotResolved,

    [JsonStringEnumMemberName("address_refused")]
    AddressRefused,

    [JsonStringEnumMemberName("connection_failed")]
    ConnectionFailed,

    [JsonStringEnumMemberName("tls_failed")]
    TlsFailed,

    [JsonStringEnumMemberName("invalid_response")]
    InvalidResponse,

    [JsonStringEnumMemberName("signing_key_lost")]
    SigningKeyLost,
}

/// <summary>Where a delivery is.</summary>
internal enum DeliveryState
{
    [JsonStringEnumMemberName("pending")]
    Pending,

    [JsonStringEnumMemberName("delivered")]
    Delivered,

    /// <summary>Given up; it can be redelivered for as long as it is kept.</summary>
    [JsonStringEnumMemberName("dead")]
    Dead,
}

/// <summary>Why a delivery was given up.</summary>
internal enum DeadReason
{
    /// <summary>The last attempt of the plan failed.</summary>
    [JsonStringEnumMemberName("attempts_exhausted")]
    AttemptsExhausted,

    /// <summary>The endpoint answered 410 Gone.</summary>
    [JsonStringEnumMemberName("endpoint_gone")]
    EndpointGone,

    /// <summary>The endpoint was switched off meanwhile.</summary>
    [JsonStringEnumMemberName("endpoint_disabled")]
    EndpointDisabled,
}

/// <summary>An order to make an attempt, on its way over the bus.</summary>
/// <param name="Tenant">Whose endpoint.</param>
/// <param name="Webhook">Which endpoint.</param>
/// <param name="Event">Which event.</param>
/// <param name="Ticket">Counts only while the delivery has the same.</param>
internal sealed record AttemptOrder(TenantId Tenant, WebhookId Webhook, EventId Event, int Ticket)
{
    /// <summary>The CloudEvents type of the message that carries it.</summary>
    public const string MessageType = "eventmeet.WebhookAttempt.v1";

    /// <summary>Gets how often it was put off because storage was away or somebody was at it.</summary>
    public int Deferrals { get; init; }
}
