using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Recordings;

namespace EventMeet.Functions.Rooms;

/// <summary>A room's durable record: table "rooms", partition its id, row <see cref="RoomRows.Room"/>.</summary>
internal sealed record Room(RoomId Id, TenantId Tenant, RoomState State, RoomFields Fields, DateTimeOffset CreatedAt)
{
    /// <summary>Gets when it last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Gets when the first participant joined; null before.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Gets when somebody asked for the end; null before.</summary>
    public DateTimeOffset? EndingAt { get; init; }

    /// <summary>Gets when it ended; null before.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Gets how many participants are in.</summary>
    public int ParticipantCount { get; init; }

    /// <summary>Gets the newest epoch of which a fact was handled; 0 before the first.</summary>
    public long FactEpoch { get; init; }

    /// <summary>Gets the newest epoch under which the shard let the room go; its other facts are of no interest any more.</summary>
    public long EmptiedEpoch { get; init; }

    /// <summary>Gets the newest epoch under which a worker said that it stops; the room goes on elsewhere.</summary>
    public long StoppedEpoch { get; init; }

    /// <summary>Gets when somebody must look at the room again; see <see cref="RoomWatch"/>.</summary>
    public DateTimeOffset? WatchAt { get; init; }

    /// <summary>Gets its recordings that are not over, oldest first.</summary>
    public IReadOnlyList<RecordingId> Recordings { get; init; } = [];

    /// <summary>Gets whether the room's setting has started a recording since it was last empty.</summary>
    public bool AutomaticStarted { get; init; }

    /// <summary>What a shard must know of the room.</summary>
    public RoomSettings ToSettings() =>
        new(Tenant, Fields.Name, Fields.MaxParticipants, Fields.EmptyTimeoutSeconds, Fields.Metadata);
}

/// <summary>What the tenant chose.</summary>
internal sealed record RoomFields
{
    /// <summary>Gets the name, unique among the tenant's rooms that have not ended.</summary>
    public string? Name { get; init; }

    /// <summary>Gets the most participants at once.</summary>
    public int MaxParticipants { get; init; } = RoomLimits.DefaultParticipants;

    /// <summary>Gets how long the room is kept after the last participant left, in seconds.</summary>
    public int EmptyTimeoutSeconds { get; init; } = RoomLimits.DefaultEmptyTimeoutSeconds;

    /// <summary>Gets how long the meeting may last from the first join, in seconds; null for no limit.</summary>
    public int? MaxDurationSeconds { get; init; }

    /// <summary>Gets when it opens; null for at once.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>Gets the tenant's own text, at most 4 KiB of UTF-8.</summary>
    public string? Metadata { get; init; }

    /// <summary>Gets the tenant's own words for finding it again.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Gets where it shall run; null for anywhere.</summary>
    public string? Region { get; init; }

    /// <summary>Gets whether it is recorded, and how; null for what <see cref="RoomRecording"/> has by itself.</summary>
    public RoomRecording? Recording { get; init; }
}

/// <summary>Where a room is in its life; <see cref="RoomDecider"/> draws it.</summary>
internal enum RoomState
{
    Scheduled,
    Open,
    Live,
    Ending,
    Ended,
}

/// <summary>The limits of a room's fields.</summary>
internal static class RoomLimits
{
    public const int Name = 128;
    public const int Participants = 500;
    public const int DefaultParticipants = 100;
    public const int DefaultEmptyTimeoutSeconds = 300;
    public const int EmptyTimeoutSeconds = 24 * 3600;
    public const int DurationSeconds = 7 * 24 * 3600;
    public const int MetadataBytes = 4096;
    public const int Tags = 20;
    public const int Tag = 64;
    public const int Region = 64;
}
