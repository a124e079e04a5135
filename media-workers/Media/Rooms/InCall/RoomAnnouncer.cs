using System.Buffers;
using System.Text.Json;
using EventMeet.Media.Peers;

namespace EventMeet.Media.Rooms.InCall;

/// <summary>What a room says to pages. A message is written once, however many read it.</summary>
internal sealed class RoomAnnouncer(Room room, EngineContext context)
{
    // Most people in a large room have none.
    private static readonly List<TrackDescription> NoTracks = [];

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
    public void TellOthers(IMember? about, ServerMessage message)
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
    public void TellUpdated(IMember member)
    {
        if (member.JoinedAt is not null)
        {
            var updated = new Updated(Describe(member));
            TellOthers(member, updated);
            TellSelf(member, updated);
        }
    }

    /// <summary>Tells everybody, the publisher too, what a participant publishes.</summary>
    public void TellTracks(IMember publisher)
    {
        // Whoever is not in yet is told of with "joined", tracks included.
        if (publisher.JoinedAt is not null)
        {
            var tracks = new TracksChanged(publisher.Participant.Id, DescribeTracks(publisher));
            TellOthers(publisher, tracks);
            TellSelf(publisher, tracks);
        }
    }

    /// <summary>Tells a chat message to those whom it is for, of those who are here; its author reads it too.</summary>
    public void TellChat(ChatReceived chat)
    {
        byte[]? text = null;
        foreach (var peer in room.Peers)
        {
            if ((chat.To is null || IsOne(peer, chat.To) || IsOne(peer, chat.From)) && peer.IsInCall)
            {
                peer.SendInCall(text ??= Write(chat));
            }
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

    /// <summary>
    /// Greets a page whose channel has just opened: with as many participants as fit, oneself first. The others follow as fast as the page takes
    /// them.
    /// </summary>
    public void Welcome(Peer peer)
    {
        List<IMember> known =
        [
            peer,
            .. room.Members.Where(each => each != peer && each.JoinedAt is not null && !each.Participant.Grants.Hidden),
        ];
        var fitting = DescribeFitting(known, InCallRequests.MaxLength - Write(Welcome(peer, [])).Length);
        if (fitting.Count < known.Count)
        {
            peer.TellOfLater(known[fitting.Count..]);
        }

        peer.SendInCall(Write(Welcome(peer, fitting)));
    }

    /// <summary>Says what the page of another participant shall know.</summary>
    public static ParticipantDescription Describe(IMember member) =>
        new(
            member.Participant.Id,
            member.Participant.Identity,
            member.Participant.Name ?? member.Participant.Identity,
            member.Participant.Metadata,
            member.JoinedAt ?? default,
            member.HandRaised,
            DescribeTracks(member)
        );

    /// <summary>Says what a slot carries as the page shall see it.</summary>
    public static SlotDescription Describe(Slot slot) =>
        slot.Carried?.Track is { } track
            ? new(slot.Mid, track.Publisher.Participant.Id, track.Id, InCallNames.Of(track.Source))
            : new(slot.Mid, null, null, null);

    /// <summary>The time of day for a message.</summary>
    public DateTimeOffset TimeOf(Values.MonotonicTime now) => context.WallClock(now);

    private static List<TrackDescription> DescribeTracks(IMember member)
    {
        List<TrackDescription>? tracks = null;
        foreach (var track in member.Tracks)
        {
            if (track.IsPublished)
            {
                (tracks ??= []).Add(
                    new(track.Id, InCallNames.Of(track.Kind), InCallNames.Of(track.Source), track.IsMuted)
                );
            }
        }

        return tracks ?? NoTracks;
    }

    private static void TellSelf(IMember member, ServerMessage message)
    {
        if (member is Peer peer)
        {
            Tell(peer, message);
        }
    }

    private static bool IsOne(Peer peer, string participant) =>
        string.Equals(peer.Participant.Id, participant, StringComparison.Ordinal);

    private static string PublisherOf(SpeakerObserver.Voice voice) => ((Track)voice.Owner).Publisher.Participant.Id;

    /// <summary>Says who records; a branch says what its home has said.</summary>
    public RecordingState DescribeRecording()
    {
        if (!room.IsHome)
        {
            return room.ToldRecording ?? new RecordingState(Active: false, Paused: false, []);
        }

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

    // What does not fit is not even written: hundreds of people are more than the heap likes in one piece, for everybody who joins them.
    private static List<ParticipantDescription> DescribeFitting(List<IMember> members, int length)
    {
        List<ParticipantDescription> fitting = [];
        var written = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(written);
        foreach (var member in members)
        {
            var description = Describe(member);
            written.ResetWrittenCount();
            writer.Reset();
            JsonSerializer.Serialize(writer, description, InCallJsonContext.Default.ParticipantDescription);
            length -= written.WrittenCount + 1; // and a comma
            if (length < 0 && fitting.Count > 0)
            {
                break;
            }

            fitting.Add(description);
        }

        return fitting;
    }

    private static byte[] Write(ServerMessage message) =>
        JsonSerializer.SerializeToUtf8Bytes(message, message.GetType(), InCallJsonContext.Default);
}
