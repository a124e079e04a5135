using System.Text.Json.Serialization;
using EventMeet.Contracts;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Recordings;

namespace EventMeet.Functions.Rooms;

/// <summary>A room as the API shows it.</summary>
internal sealed record RoomBody(
    RoomId Id,
    string? Name,
    RoomState State,
    int MaxParticipants,
    int EmptyTimeoutSeconds,
    int? MaxDurationSeconds,
    string? Metadata,
    IReadOnlyList<string> Tags,
    string? Region,
    RoomRecordingBody Recording,
    IReadOnlyList<RecordingId> ActiveRecordings,
    int ParticipantCount,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? StartsAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndingAt,
    DateTimeOffset? EndedAt,
    string Etag
)
{
    public static RoomBody Of(Room stored, string etag, DateTimeOffset now)
    {
        var room = RoomDecider.At(stored, now);
        return new RoomBody(
            room.Id,
            room.Fields.Name,
            room.State,
            room.Fields.MaxParticipants,
            room.Fields.EmptyTimeoutSeconds,
            room.Fields.MaxDurationSeconds,
            room.Fields.Metadata,
            room.Fields.Tags,
            room.Fields.Region,
            RoomRecordingBody.Of(room.Fields.Recording),
            room.Recordings,
            room.ParticipantCount,
            room.CreatedAt,
            room.UpdatedAt,
            room.Fields.StartsAt,
            room.StartedAt,
            room.EndingAt,
            room.EndedAt,
            etag
        );
    }
}

/// <summary>A page of rooms.</summary>
internal sealed record RoomList(IReadOnlyList<RoomBody> Data)
{
    public string? NextCursor { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    Converters = [typeof(UtcTimeConverter), typeof(RoomStateConverter)]
)]
[JsonSerializable(typeof(RoomBody))]
[JsonSerializable(typeof(RoomList))]
internal sealed partial class RoomsApiContext : JsonSerializerContext;

/// <summary>Writes states in lower case.</summary>
internal sealed class RoomStateConverter()
    : JsonStringEnumConverter<RoomState>(System.Text.Json.JsonNamingPolicy.CamelCase);
