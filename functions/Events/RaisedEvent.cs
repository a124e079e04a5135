using System.Text.Json.Serialization;
using EventMeet.Contracts;

namespace EventMeet.Functions.Events;

/// <summary>An event on its way from the state that it happened to, through the outbox, into the log and to endpoints.</summary>
/// <param name="Id">Its id, for ever.</param>
/// <param name="Tenant">Who shall hear of it.</param>
/// <param name="Type">One of <see cref="EventTypes"/>.</param>
/// <param name="At">When it happened.</param>
/// <param name="Room">In which room.</param>
/// <param name="RoomName">The room's name then.</param>
/// <param name="Body">What is told: <see cref="EventPayload"/>, written.</param>
internal sealed record RaisedEvent(
    EventId Id,
    TenantId Tenant,
    string Type,
    DateTimeOffset At,
    RoomId? Room,
    string? RoomName,
    string Body
)
{
    /// <summary>The CloudEvents type of the message that carries it.</summary>
    public const string MessageType = "eventmeet.EventRaised.v1";

    /// <summary>Gets how often handling it was put off because storage was away.</summary>
    public int Deferrals { get; init; }
}

/// <summary>How many events a room has had (table "rooms", partition room id, row "events").</summary>
internal sealed record EventCount(long Sequence)
{
    public const string RowName = "events";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(RaisedEvent))]
[JsonSerializable(typeof(EventCount))]
[JsonSerializable(typeof(EventLogHead))]
[JsonSerializable(typeof(EventPlace))]
internal sealed partial class EventsJsonContext : JsonSerializerContext;
