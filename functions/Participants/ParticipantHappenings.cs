using EventMeet.Contracts.Messages;
using EventMeet.Functions.Events;
using EventMeet.Functions.Rooms;

namespace EventMeet.Functions.Participants;

/// <summary>
/// What a tenant shall hear of when a participant's row changes. Pure. Taken from the rows and not from the facts, so that
/// a fact that comes twice is told once, tracks are told between joining and leaving, and everybody who joined leaves.
/// </summary>
internal static class ParticipantHappenings
{
    // Far more than a session has; what is told at once must fit into one transaction.
    private const int MostTracks = 40;

    /// <summary>What a decision about one participant makes happen, the room's own happenings included.</summary>
    /// <param name="room">The room before.</param>
    /// <param name="known">The participant's row before.</param>
    /// <param name="fact">What the shard says.</param>
    /// <param name="decision">What shall be.</param>
    public static IReadOnlyList<Happening> Of(Room room, ParticipantRow? known, RoomEvent fact, FactDecision decision)
    {
        List<Happening> happenings = [.. RoomHappenings.Of(room, decision.Room ?? room)];
        if (decision.Participant is { } after)
        {
            happenings.AddRange(Changed(known, after, fact.At));
        }

        if (decision.Departed is { } departed && fact is ParticipantLeft left)
        {
            happenings.AddRange(known is { Joined: true } ? Left(known, departed.Reason, departed.At) : Unjoined(left));
        }

        return happenings;
    }

    /// <summary>Somebody who was in is gone, and their tracks with them.</summary>
    public static IEnumerable<Happening> Left(ParticipantRow row, LeaveReason reason, DateTimeOffset at)
    {
        if (!row.Joined)
        {
            return [];
        }

        var who = Show(row);
        return row
            .Tracks.Where(track => !track.Ended)
            .Take(MostTracks)
            .Select(track => Track(EventTypes.TrackUnpublished, who, track, at))
            .Append(new Happening(EventTypes.ParticipantLeft, at) { Participant = who, Reason = reason });
    }

    /// <summary>Their departure overtook the fact that they joined: both are told now.</summary>
    public static IReadOnlyList<Happening> JoinedTooLate(ParticipantJoined joined, DepartedRow departed)
    {
        EventParticipant who = new(joined.Participant, joined.Session, joined.Identity, joined.Name);
        return
        [
            new(EventTypes.ParticipantJoined, joined.At) { Participant = who },
            new(EventTypes.ParticipantLeft, departed.At) { Participant = who, Reason = departed.Reason },
        ];
    }

    private static IEnumerable<Happening> Changed(ParticipantRow? before, ParticipantRow after, DateTimeOffset at)
    {
        if (!after.Joined)
        {
            return []; // a track's fact came first; it is told with the one that they joined
        }

        var who = Show(after);
        var shown = before is { Joined: true } ? before.Tracks : [];
        var published = after
            .Tracks.Where(track => !track.Ended && shown.All(one => one.Id != track.Id))
            .Take(MostTracks)
            .Select(track => Track(EventTypes.TrackPublished, who, track, track.PublishedAt));
        var unpublished = after
            .Tracks.Where(track => track.Ended && shown.Any(one => one.Id == track.Id && !one.Ended))
            .Select(track => Track(EventTypes.TrackUnpublished, who, track, at));
        Happening[] joined = before is { Joined: true }
            ? []
            : [new Happening(EventTypes.ParticipantJoined, after.JoinedAt) { Participant = who }];
        return [.. joined, .. published, .. unpublished];
    }

    // Others who were never in (asked to leave while connecting) came to nobody's notice.
    private static IEnumerable<Happening> Unjoined(ParticipantLeft left) =>
        left.Reason is LeaveReason.NeverConnected
            ?
            [
                new Happening(EventTypes.ParticipantConnectionFailed, left.At)
                {
                    Participant = new EventParticipant(left.Participant, left.Session, left.Identity, null),
                    Reason = left.Reason,
                },
            ]
            : [];

    private static Happening Track(string type, EventParticipant who, TrackRow track, DateTimeOffset at) =>
        new(type, at) { Participant = who, Track = new EventTrack(track.Id, track.Kind, track.Source, track.Codec) };

    private static EventParticipant Show(ParticipantRow row) => new(row.Id, row.Session, row.Identity, row.Name);
}
