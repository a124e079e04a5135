using EventMeet.Contracts;
using EventMeet.Functions.Hosting;

namespace EventMeet.Functions.Rooms;

/// <summary>
/// Every decision about a room's life. Pure: what is, what is asked and the time go in, what shall be comes out.
/// <code>
/// scheduled ─ startsAt ─▶ open ─ first join ─▶ live ─ end asked ─▶ ending ─ shard let go ─▶ ended
///                          ▲                    │ │                                          ▲
///                          └──── worker lost ───┘ └───────── empty for emptyTimeout ─────────┘
/// </code>
/// </summary>
internal static class RoomDecider
{
    /// <summary>Makes a room.</summary>
    public static Room Create(RoomId id, TenantId tenant, RoomFields fields, DateTimeOffset now) =>
        new(id, tenant, fields.StartsAt > now ? RoomState.Scheduled : RoomState.Open, fields, now) { UpdatedAt = now };

    /// <summary>The room as it is at a time: a scheduled one opens by itself.</summary>
    public static Room At(Room room, DateTimeOffset now) =>
        room.State is RoomState.Scheduled && !(room.Fields.StartsAt > now)
            ? room with
            {
                State = RoomState.Open,
            }
            : room;

    /// <summary>Changes what the tenant chose.</summary>
    public static RoomDecision Update(Room room, RoomFields fields, DateTimeOffset now)
    {
        var current = At(room, now);
        if (current.State is RoomState.Ending or RoomState.Ended)
        {
            return RoomDecision.Refuse(current.State is RoomState.Ended ? Refusal.RoomEnded : Refusal.RoomEnding);
        }

        // Not yet live: the new time decides anew. A live meeting goes on whatever its time says.
        var state =
            current.State is RoomState.Live ? RoomState.Live
            : fields.StartsAt > now ? RoomState.Scheduled
            : RoomState.Open;
        return RoomDecision.Accept(current with { State = state, Fields = fields, UpdatedAt = now });
    }

    /// <summary>Ends the meeting for all. One that is nowhere has ended at once; ending twice is no error.</summary>
    /// <param name="room">The room.</param>
    /// <param name="placement">Where it is, if anywhere.</param>
    /// <param name="now">When.</param>
    public static RoomDecision End(Room room, RoomPlacement? placement, DateTimeOffset now)
    {
        if (room.State is RoomState.Ending or RoomState.Ended)
        {
            return RoomDecision.Accept(room);
        }

        var ending = room with { State = RoomState.Ending, EndingAt = now, UpdatedAt = now };
        return RoomDecision.Accept(placement is null or { Vacant: true } ? Ended(ending, now) : ending);
    }

    /// <summary>May somebody come in now?</summary>
    public static Refusal CanJoin(Room room, DateTimeOffset now) =>
        At(room, now) switch
        {
            { State: RoomState.Scheduled } => Refusal.RoomNotOpenYet,
            { State: RoomState.Ending } => Refusal.RoomEnding,
            { State: RoomState.Ended } => Refusal.RoomEnded,
            { ParticipantCount: var taken, Fields.MaxParticipants: var seats } when taken >= seats => Refusal.RoomFull,
            _ => Refusal.None,
        };

    /// <summary>Somebody's transport is up.</summary>
    public static Room Joined(Room room, DateTimeOffset at) =>
        room.State is RoomState.Ending or RoomState.Ended
            ? room with
            {
                ParticipantCount = room.ParticipantCount + 1,
            }
            : room with
            {
                State = RoomState.Live,
                StartedAt = room.StartedAt ?? at,
                ParticipantCount = room.ParticipantCount + 1,
                UpdatedAt = at,
            };

    /// <summary>Somebody who was in is gone.</summary>
    public static Room Left(Room room, DateTimeOffset at) =>
        room with
        {
            ParticipantCount = Math.Max(0, room.ParticipantCount - 1),
            UpdatedAt = at,
        };

    /// <summary>The shard let the room go: it was empty for its time, or closed, or the worker is stopping.</summary>
    public static Room Emptied(Room room, bool workerStopped, DateTimeOffset at)
    {
        var empty = room with { ParticipantCount = 0, UpdatedAt = at };
        return room.State is RoomState.Ended ? empty
            : workerStopped && room.State is not RoomState.Ending ? empty with { State = RoomState.Open }
            // Nobody ever came: somebody tried in vain, or a recording waited for them. The meeting is still to be.
            : room is { StartedAt: null, State: not RoomState.Ending } ? empty
            : Ended(empty, at);
    }

    /// <summary>When somebody must look at the room again without being asked; null when never.</summary>
    public static DateTimeOffset? NextLook(Room room, DateTimeOffset now) =>
        room.State switch
        {
            RoomState.Live when room.Fields.MaxDurationSeconds is { } most && room.StartedAt is { } started => Soonest(
                started.AddSeconds(most),
                now + LookEvery
            ),
            RoomState.Live => now + LookEvery,
            RoomState.Ending => (room.EndingAt ?? now) + LongestEnding,
            _ => null,
        };

    /// <summary>Has the meeting lasted as long as it may?</summary>
    public static bool IsOverdue(Room room, DateTimeOffset now) =>
        room is { State: RoomState.Live, StartedAt: { } started, Fields.MaxDurationSeconds: { } most }
        && now >= started.AddSeconds(most);

    /// <summary>Has the end been asked for so long ago that the shard will not answer any more?</summary>
    public static bool IsStuck(Room room, DateTimeOffset now) =>
        room.State is RoomState.Ending && now >= (room.EndingAt ?? now) + LongestEnding;

    // A lost worker is noticed by its clients in seconds; this is for rooms to which nobody came back.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    // A shard answers CloseRoom at once; a lost one never does.
    private static readonly TimeSpan LongestEnding = TimeSpan.FromSeconds(30);

    private static Room Ended(Room room, DateTimeOffset now) =>
        room with
        {
            State = RoomState.Ended,
            EndedAt = now,
            EndingAt = room.EndingAt ?? now,
        };

    private static DateTimeOffset Soonest(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}

/// <summary>What shall be, or why not.</summary>
internal readonly record struct RoomDecision(Refusal Refusal, Room? Room)
{
    public static RoomDecision Accept(Room room) => new(Refusal.None, room);

    public static RoomDecision Refuse(Refusal refusal) => new(refusal, null);
}
