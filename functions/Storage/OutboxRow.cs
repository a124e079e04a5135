using System.Text;
using System.Text.Json.Serialization;
using EventMeet.Contracts.Bus;

namespace EventMeet.Functions.Storage;

/// <summary>A message waiting in the partition it belongs to.</summary>
internal sealed record OutboxRow(
    string Entity,
    string Id,
    string Type,
    string Source,
    DateTimeOffset Time,
    string Body,
    string? Subject,
    string? SessionId,
    string? CorrelationId,
    string? TraceParent,
    double? TimeToLiveSeconds
)
{
    /// <summary>Gets when the message shall become visible; null for at once.</summary>
    public DateTimeOffset? EnqueueAt { get; init; }

    public static OutboxRow From(OutgoingMessage outgoing)
    {
        var message = outgoing.Message;
        return new OutboxRow(
            outgoing.Entity,
            message.Id,
            message.Type,
            message.Source,
            message.Time,
            Encoding.UTF8.GetString(message.Body.Span),
            message.Subject,
            message.SessionId,
            message.CorrelationId,
            message.TraceParent,
            message.TimeToLive?.TotalSeconds
        )
        {
            EnqueueAt = outgoing.EnqueueAt,
        };
    }

    public OutgoingMessage ToMessage() =>
        new(
            Entity,
            new BusMessage(Id, Type, Source, Time, Encoding.UTF8.GetBytes(Body))
            {
                Subject = Subject,
                SessionId = SessionId,
                CorrelationId = CorrelationId,
                TraceParent = TraceParent,
                TimeToLive = TimeToLiveSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            }
        )
        {
            EnqueueAt = EnqueueAt,
        };
}

/// <summary>Says which partition may have messages waiting.</summary>
internal sealed record OutboxMarker(string Table, string Partition, DateTimeOffset At);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(OutboxRow))]
[JsonSerializable(typeof(OutboxMarker))]
internal sealed partial class StorageJsonContext : JsonSerializerContext;
