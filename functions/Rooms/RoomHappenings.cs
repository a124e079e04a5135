using EventMeet.Functions.Events;

namespace EventMeet.Functions.Rooms;

/// <summary>What a tenant shall hear of when a room changes. Pure.</summary>
internal static class RoomHappenings
{
    public static Happening Created(Room room) => new(EventTypes.RoomCreated, room.CreatedAt);

    /// <summary>What lies between two states of a room: it starts once and ends once.</summary>
    public static IReadOnlyList<Happening> Of(Room before, Room after)
    {
        List<Happening> happenings = [];
        if (before.StartedAt is null && after.StartedAt is { } started)
        {
            happenings.Add(new Happening(EventTypes.RoomStarted, started));
        }

        if (before.State is not RoomState.Ended && after is { State: RoomState.Ended, EndedAt: { } ended })
        {
            happenings.Add(new Happening(EventTypes.RoomEnded, ended));
        }

        return happenings;
    }
}
