using System.Text.Json.Serialization;
using EventMeet.Contracts;

namespace EventMeet.Functions.Rooms;

/// <summary>The names of the rows in a room's partition (table "rooms", partition = room id).</summary>
internal static class RoomRows
{
    /// <summary><see cref="Rooms.Room"/>.</summary>
    public const string Room = "room";

    /// <summary><see cref="RoomPlacement"/>.</summary>
    public const string Placement = "placement";

    /// <summary>Followed by a session's id.</summary>
    public const string SessionPrefix = "session|";

    /// <summary>Followed by a participant's id.</summary>
    public const string ParticipantPrefix = "participant|";

    /// <summary>Followed by the id of a participant who left.</summary>
    public const string DepartedPrefix = "departed|";
}

/// <summary>
/// Which shard has the room, and since which epoch. Written by Placement with compare-and-swap; the next placement has
/// the next epoch, so the row is never deleted while the room lives.
/// </summary>
/// <param name="Worker">Which worker.</param>
/// <param name="Shard">Which of its shards, from 0.</param>
/// <param name="Epoch">From 1.</param>
/// <param name="At">When.</param>
internal sealed record RoomPlacement(WorkerId Worker, int Shard, long Epoch, DateTimeOffset At)
{
    /// <summary>
    /// Gets whether the shard has let the room go (<c>RoomEmptied</c>): whoever comes next must place it anew, with the
    /// next epoch, because the shard's count of facts would start again under this one.
    /// </summary>
    public bool Vacant { get; init; }

    /// <summary>A room that was never on a shard; the first real placement has epoch 1.</summary>
    public static RoomPlacement Nowhere(DateTimeOffset now) => new(new WorkerId(""), 0, 0, now) { Vacant = true };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(Room))]
[JsonSerializable(typeof(RoomPlacement))]
[JsonSerializable(typeof(RoomName))]
[JsonSerializable(typeof(TenantRoom))]
internal sealed partial class RoomsJsonContext : JsonSerializerContext;

/// <summary>Who has a name: table "tenants", partition = tenant, row "name|" and the name's SHA-256.</summary>
internal sealed record RoomName(RoomId Room, string Name, DateTimeOffset At);

/// <summary>That a tenant has a room: table "tenants", partition = tenant, row = room id.</summary>
internal sealed record TenantRoom(RoomId Room);
