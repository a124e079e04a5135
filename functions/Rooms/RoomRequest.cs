using EventMeet.Functions.Hosting;
using EventMeet.Functions.Recordings;

namespace EventMeet.Functions.Rooms;

/// <summary>Reads the fields of POST and PATCH /v1/rooms.</summary>
internal static class RoomRequest
{
    /// <summary>Reads a body onto what the room has; an absent field stays, null takes it back to its default.</summary>
    /// <param name="body">UTF-8 JSON; empty counts as no fields.</param>
    /// <param name="known">What the room has.</param>
    /// <param name="fields">What it shall have.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static Problem? Read(ReadOnlyMemory<byte> body, RoomFields known, out RoomFields fields)
    {
        fields = known;
        if (RequestFields.Parse(body, out var request) is { } malformed)
        {
            return malformed;
        }

        RoomFields defaults = new();
        fields = known with
        {
            Name = request.Has("name") ? ReadName(request) : known.Name,
            MaxParticipants = request.Has("maxParticipants")
                ? request.Number("maxParticipants", 1, RoomLimits.Participants) ?? defaults.MaxParticipants
                : known.MaxParticipants,
            EmptyTimeoutSeconds = request.Has("emptyTimeoutSeconds")
                ? request.Number("emptyTimeoutSeconds", 1, RoomLimits.EmptyTimeoutSeconds)
                    ?? defaults.EmptyTimeoutSeconds
                : known.EmptyTimeoutSeconds,
            MaxDurationSeconds = request.Has("maxDurationSeconds")
                ? request.Number("maxDurationSeconds", 1, RoomLimits.DurationSeconds)
                : known.MaxDurationSeconds,
            StartsAt = request.Has("startsAt") ? request.Time("startsAt") : known.StartsAt,
            Metadata = request.Has("metadata")
                ? request.TextOfBytes("metadata", RoomLimits.MetadataBytes)
                : known.Metadata,
            Tags = request.Has("tags") ? request.Texts("tags", RoomLimits.Tags, RoomLimits.Tag) ?? [] : known.Tags,
            Region = request.Has("region") ? request.Text("region", RoomLimits.Region) : known.Region,
            Recording = request.Has("recording")
                ? RecordingRequest.ReadSetting(request.Fields("recording"), known.Recording)
                : known.Recording,
        };
        return request.Finish();
    }

    private static string? ReadName(RequestFields request)
    {
        var name = request.Text("name", RoomLimits.Name);
        if (name is null)
        {
            return null;
        }

        if (name.Length == 0 || RoomDirectory.IsId(name))
        {
            request.Refuse("name", "must not be empty, nor start with \"room_\", which ids do");
        }
        else if (name.Any(char.IsControl) || name.Trim().Length != name.Length || name is "." or "..")
        {
            request.Refuse("name", "must have no control characters, no space at either end, and be neither . nor ..");
        }
        else if (name.Contains('/', StringComparison.Ordinal) || name.Contains('\\', StringComparison.Ordinal))
        {
            request.Refuse("name", "must have no slash, because names stand in URLs");
        }

        return name;
    }
}
