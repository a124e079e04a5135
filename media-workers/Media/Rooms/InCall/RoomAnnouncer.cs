using System.Text.Json;
using EventMeet.Media.Peers;

namespace EventMeet.Media.Rooms.InCall;

/// <summary>What a room says to pages. A message is written once, however many read it.</summary>
internal sealed class RoomAnnouncer(Room room, EngineContext context)
{
    private bool _silenceTold = true;

    /// <summary>Tells one page.</summary>
    public static void Tell(Peer peer, ServerMessage message)
    {
        if (peer.IsInCall)
        {
            peer.SendInCall(Write(message));
        }
    }

    /// <summary>Tells everybody.</summary>
    public void TellAll(ServerMessage message) => TellOthers(null, message);

    /// <summary>Tells everybody but one; about a hidden participant nobody is told.</summary>
    public void TellOthers(Peer? about, ServerMessage message)
    {
        if (about is { Participant.Grants.Hidden: true })
        {
            return;
        }

        byte[]? text = null;
        foreach (var peer in room.Peers)
        {
            if (peer != about && peer.IsInCall)
            {
                peer.SendInCall(text ??= Write(message));
            }
        }
    }

    /// <summary>Tells everybody, the participant too, who they are now.</summary>
    public void TellUpdated(Peer peer)
    {
        if (peer.JoinedAt is not null)
        {
            var updated = new Updated(peer.Describe());
            TellOthers(peer, updated);
            Tell(peer, updated);
        }
    }

    /// <summary>Tells everybody, the publisher too, what a participant publishes.</summary>
    public void TellTracks(Peer publisher)
    {
        // Whoever is not in yet is told of with "joined", tracks included.
        if (publisher.JoinedAt is not null)
        {
            var tracks = new TracksChanged(publisher.Participant.Id, publisher.DescribeTracks());
            TellOthers(publisher, tracks);
            Tell(publisher, tracks);
        }
    }

    /// <summary>Tells everybody who speaks; silence is told once.</summary>
    public void TellSpeakers(IReadOnlyList<SpeakerObserver.Voice> voices, SpeakerObserver.Voice? dominant)
    {
        var speaking = voices
            .Where(voice => voice.IsSpeaking)
            .OrderByDescending(voice => voice.Loudness)
            .Select(voice => new SpeakerDescription(PublisherOf(voice), MathF.Round(voice.Loudness, 3)))
            .ToList();
        if (speaking.Count > 0 || !_silenceTold)
        {
            _silenceTold = speaking.Count == 0;
            TellAll(new SpeakersChanged(speaking, dominant is null ? null : PublisherOf(dominant)));
        }
    }

    /// <summary>Tells everybody whether they are recorded, and by whom.</summary>
    public void TellRecording()
    {
        var state = DescribeRecording();
        TellAll(new RecordingChanged(state.Active, state.Paused, state.Recordings));
    }

    /// <summary>Greets a page whose channel has just opened.</summary>
    public void Welcome(Peer peer)
    {
        List<Peer> known =
        [
            peer,
            .. room.Peers.Where(each => each != peer && each.JoinedAt is not null && !each.Participant.Grants.Hidden),
        ];
        var participants = known.ConvertAll(each => each.Describe());
        var text = Write(Welcome(peer, participants));
        if (text.Length > InCallRequests.MaxLength)
        {
            // As many as fit, oneself first; the others follow as fast as the page takes them.
            var fitting = CountFitting(peer, participants);
            peer.TellOfLater(known[fitting..]);
            text = Write(Welcome(peer, participants[..fitting]));
        }

        peer.SendInCall(text);
    }

    /// <summary>Says what a slot carries as the page shall see it.</summary>
    public static SlotDescription Describe(Slot slot) =>
        slot.Carried?.Track is { } track
            ? new(slot.Mid, track.Publisher.Participant.Id, track.Id, InCallNames.Of(track.Source))
            : new(slot.Mid, null, null, null);

    /// <summary>The time of day for a message.</summary>
    public DateTimeOffset TimeOf(Values.MonotonicTime now) => context.WallClock(now);

    private static string PublisherOf(SpeakerObserver.Voice voice) => ((Track)voice.Owner).Publisher.Participant.Id;

    private RecordingState DescribeRecording()
    {
        List<RecordingDescription> recordings = [];
        foreach (var relay in room.Relays)
        {
            if (relay.Parameters.Notice is { } notice)
            {
                recordings.Add(new(notice.Recording, relay.IsPaused, notice.StartedBy));
            }
        }

        return new(
            recordings.Count > 0,
            recordings.Count > 0 && recordings.TrueForAll(each => each.Paused),
            recordings
        );
    }

    private Welcome Welcome(Peer peer, List<ParticipantDescription> participants)
    {
        var grants = peer.Participant.Grants;
        return new Welcome(
            new SelfDescription(peer.Session, peer.Participant.Id),
            new GrantsDescription(
                grants.CanPublish,
                grants.CanSubscribe,
                grants.CanPublishData,
                grants.RoomAdmin,
                grants.Hidden,
                grants.CanUpdateOwnMetadata,
                grants.Sources?.Select(InCallNames.Of).ToList()
            ),
            new RoomDescription(room.Parameters.Id, room.Parameters.Name, room.Parameters.Metadata),
            participants,
            [.. peer.Slots.Select(Describe)],
            DescribeRecording()
        );
    }

    private int CountFitting(Peer peer, List<ParticipantDescription> participants)
    {
        var left = InCallRequests.MaxLength - Write(Welcome(peer, [])).Length;
        var count = 0;
        while (count < participants.Count)
        {
            var length = JsonSerializer
                .SerializeToUtf8Bytes(participants[count], InCallJsonContext.Default.ParticipantDescription)
                .Length;
            left -= length + 1; // and a comma
            if (left < 0 && count > 0)
            {
                break;
            }

            count++;
        }

        return count;
    }

    private static byte[] Write(ServerMessage message) =>
        JsonSerializer.SerializeToUtf8Bytes(message, message.GetType(), InCallJsonContext.Default);
}
