using EventMeet.Contracts.Messages;
using EventMeet.Functions.Rooms;

namespace EventMeet.Functions.Participants;

/// <summary>
/// What a shard's fact does to a room and one participant. Pure. Facts may come twice and in any order: what was handled
/// already changes nothing, and what is older than a departure, than the epoch or than the room's end does not undo it.
/// </summary>
internal static class FactDecider
{
    // A camera that goes on and off all day must not grow the row.
    private const int MostEndedTracks = 50;

    /// <summary>Says whether a fact is of no interest any more.</summary>
    public static bool IsPast(Room room, long epoch) => epoch < room.FactEpoch || epoch <= room.EmptiedEpoch;

    /// <summary>Decides about one participant's fact under the room's present epoch.</summary>
    /// <param name="room">The room.</param>
    /// <param name="known">The participant's row, if any.</param>
    /// <param name="departed">They have left already.</param>
    /// <param name="fact">What the shard says.</param>
    public static FactDecision Decide(Room room, ParticipantRow? known, bool departed, RoomEvent fact) =>
        fact switch
        {
            _ when departed => FactDecision.Nothing,
            ParticipantJoined joined => Join(room, known, joined),
            ParticipantLeft left => Leave(room, known, left),
            TrackPublished published => Publish(known, published),
            TrackUnpublished unpublished => Unpublish(known, unpublished),
            _ => FactDecision.Nothing,
        };

    private static FactDecision Join(Room room, ParticipantRow? known, ParticipantJoined fact)
    {
        if (known is { Joined: true })
        {
            return FactDecision.Nothing;
        }

        ParticipantRow row = new(fact.Participant, fact.Session, fact.Identity, fact.Name, fact.Epoch, fact.At)
        {
            Joined = true,
            Tracks = known?.Tracks ?? [],
        };
        return new FactDecision(RoomDecider.Joined(room, fact.At), row, Departed: null);
    }

    private static FactDecision Leave(Room room, ParticipantRow? known, ParticipantLeft fact)
    {
        var after = known is { Joined: true } ? RoomDecider.Left(room, fact.At) : room;
        if (fact.Reason is LeaveReason.WorkerStopping)
        {
            after = after with { StoppedEpoch = fact.Epoch };
        }

        DepartedRow departed = new(fact.Epoch, fact.Reason, fact.At)
        {
            Told = known is { Joined: true } || fact.Reason is LeaveReason.NeverConnected,
        };
        return new FactDecision(after == room ? null : after, Participant: null, departed);
    }

    private static FactDecision Publish(ParticipantRow? known, TrackPublished fact)
    {
        var row = known ?? Unseen(fact.Participant, fact.Session, fact);
        if (row.Tracks.Any(track => track.Id == fact.Track))
        {
            return FactDecision.Nothing;
        }

        TrackRow added = new(fact.Track, fact.Kind, fact.Source, fact.Codec, fact.At);
        return new FactDecision(null, row with { Tracks = [.. row.Tracks, added] }, Departed: null);
    }

    private static FactDecision Unpublish(ParticipantRow? known, TrackUnpublished fact)
    {
        var row = known ?? Unseen(fact.Participant, fact.Session, fact);
        var track = row.Tracks.FirstOrDefault(one => one.Id == fact.Track);
        if (track is { Ended: true })
        {
            return FactDecision.Nothing;
        }

        var ended = track is null
            ? new TrackRow(fact.Track, MediaKind.Audio, TrackSource.Unknown, "", fact.At) { Ended = true }
            : track with
            {
                Ended = true,
            };
        var others = row.Tracks.Where(one => one.Id != fact.Track);
        var tracks = others
            .Where(one => !one.Ended)
            .Concat(others.Where(one => one.Ended).TakeLast(MostEndedTracks - 1));
        return new FactDecision(null, row with { Tracks = [.. tracks, ended] }, Departed: null);
    }

    // A track's fact overtook the one that they joined: they are not shown before that has come too.
    private static ParticipantRow Unseen(
        Contracts.ParticipantId participant,
        Contracts.SessionId session,
        RoomEvent fact
    ) => new(participant, session, "", null, fact.Epoch, fact.At);
}

/// <summary>What shall be written; all null means nothing.</summary>
/// <param name="Room">The room as it shall be; null when it stays.</param>
/// <param name="Participant">The participant as they shall be; null when they stay, or leave.</param>
/// <param name="Departed">They left: their row goes and this one comes.</param>
internal readonly record struct FactDecision(Room? Room, ParticipantRow? Participant, DepartedRow? Departed)
{
    public static readonly FactDecision Nothing;
}
