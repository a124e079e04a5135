using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Recordings;
using EventMeet.Functions.Rooms;

namespace EventMeet.Functions.Events;

/// <summary>What is told of an event: the body of a webhook (Standard Webhooks 1.0.0, "Payload structure").</summary>
internal sealed record EventPayload(string Type, DateTimeOffset Timestamp, EventData Data)
{
    /// <summary>The specification wants less than 20 kB.</summary>
    public const int MostBytes = 20_000;

    // Written for HTTP, not for HTML: letters of all languages stay what they are.
    private static readonly EventsApiContext Relaxed = new(
        new JsonSerializerOptions(EventsApiContext.Default.Options)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }
    );

    /// <summary>
    /// Writes the body. What would make it too large is left out, and that is said: the last files, but the first few only
    /// after metadata, which takes much room once it is escaped.
    /// </summary>
    public string Write()
    {
        const int dear = 4;
        var files = Data.Files?.Count ?? 0;
        if (WriteFitting(Math.Min(files, dear)) is { } whole)
        {
            return whole;
        }

        if (Data.Room is not { } room)
        {
            return WriteFitting(leastFiles: 0) ?? Serialize();
        }

        var shorter = this with { Data = Data with { Room = room with { Metadata = null, MetadataOmitted = true } } };
        return shorter.WriteFitting(leastFiles: 0) ?? shorter.Serialize();
    }

    // No file is shorter than this many bytes: more need not be tried.
    private string? WriteFitting(int leastFiles)
    {
        const int shortestFile = 200;
        var all = Data.Files?.Count ?? 0;
        for (var count = Math.Min(all, MostBytes / shortestFile); count >= leastFiles; count--)
        {
            var cut =
                count == all
                    ? this
                    : this with
                    {
                        Data = Data with { Files = [.. Data.Files!.Take(count)], FilesTruncated = true },
                    };
            var text = cut.Serialize();
            if (System.Text.Encoding.UTF8.GetByteCount(text) < MostBytes)
            {
                return text;
            }
        }

        return null;
    }

    private string Serialize() => JsonSerializer.Serialize(this, Relaxed.EventPayload);
}

/// <summary>What every event says, and what only some do.</summary>
internal sealed record EventData(TenantId Tenant)
{
    /// <summary>Gets which room, as it was right after the event.</summary>
    public EventRoom? Room { get; init; }

    /// <summary>Gets the event's place among those of its room, from 1, without gaps.</summary>
    public long? Sequence { get; init; }

    /// <summary>Gets the W3C trace id of the request behind it, if one was.</summary>
    public string? TraceId { get; init; }

    public EventParticipant? Participant { get; init; }

    public EventTrack? Track { get; init; }

    public LeaveReason? Reason { get; init; }

    public EventRecording? Recording { get; init; }

    public EventComposite? Composite { get; init; }

    /// <summary>Gets the files, the most important ones first.</summary>
    public IReadOnlyList<EventFile>? Files { get; init; }

    /// <summary>Gets how many there are in all.</summary>
    public int? FileCount { get; init; }

    /// <summary>Gets that not all files are named here; null when they are.</summary>
    public bool? FilesTruncated { get; init; }

    /// <summary>Gets the endpoint that a test event was asked for.</summary>
    public string? Webhook { get; init; }
}

/// <summary>A room as events show it.</summary>
internal sealed record EventRoom(
    RoomId Id,
    string? Name,
    string? Metadata,
    RoomState State,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt
)
{
    /// <summary>Gets that the room has metadata which did not fit; null when it did.</summary>
    public bool? MetadataOmitted { get; init; }

    public static EventRoom Of(Room room) =>
        new(room.Id, room.Fields.Name, room.Fields.Metadata, room.State, room.StartedAt, room.EndedAt);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    Converters = [typeof(UtcTimeConverter), typeof(RoomStateConverter)]
)]
[JsonSerializable(typeof(EventPayload))]
internal sealed partial class EventsApiContext : JsonSerializerContext;
