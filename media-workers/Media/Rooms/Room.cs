using System.Globalization;
using EventMeet.Media.Peers;
using EventMeet.Media.Relays;
using EventMeet.Media.Rooms.InCall;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms;

/// <summary>The live truth of a room: who is in, what they publish, which slot carries what.</summary>
internal sealed class Room
{
    private readonly EngineContext _context;
    private readonly RoomAnnouncer _announcer;
    private readonly TrackRanking _pictures = new();
    private readonly TrackRanking _sounds = new();
    private readonly SpeakerObserver _speakers = new();
    private readonly List<SpeakerObserver.Voice> _voices = [];
    private long _facts;
    private long _chats;
    private bool _isUnsettled;
    private string? _toldSpeaker;

    public Room(RoomParameters parameters, EngineContext context, MonotonicTime now)
    {
        (Parameters, _context) = (parameters, context);
        _announcer = new RoomAnnouncer(this, context);
        StartEmptyTimeout(now);
    }

    public RoomParameters Parameters { get; private set; }

    /// <summary>Gets every admitted peer, connected or not.</summary>
    public List<Peer> Peers { get; } = [];

    /// <summary>Gets the published tracks, in the order of publishing.</summary>
    public List<Track> Tracks { get; } = [];

    /// <summary>Gets the relays that carry tracks away. A room with nothing but relays is empty.</summary>
    public List<Relay> Relays { get; } = [];

    /// <summary>Gets the participant who has the floor; null when nobody has.</summary>
    public string? DominantSpeaker => (_speakers.Dominant?.Owner as Track)?.Publisher.Participant.Id;

    /// <summary>Gets when the room, being empty, ends; never while somebody is in it.</summary>
    public MonotonicTime EmptyDeadline { get; private set; } = MonotonicTime.Never;

    /// <summary>Gets when to call <see cref="Advance"/>.</summary>
    public MonotonicTime NextTimeout => MonotonicTime.Soonest(EmptyDeadline, _speakers.NextTimeout);

    /// <summary>Gets what the room says to pages.</summary>
    public RoomAnnouncer Announcer => _announcer;

    /// <summary>Takes newer settings; those of the same epoch may have changed.</summary>
    public void Update(RoomParameters parameters) => Parameters = parameters;

    public void Admit(Peer peer)
    {
        Peers.Add(peer);
        EmptyDeadline = MonotonicTime.Never;
    }

    /// <summary>A relay carries tracks away from now on.</summary>
    public void Add(Relay relay)
    {
        Relays.Add(relay);
        TellRecording(relay);
    }

    /// <summary>A relay is over.</summary>
    /// <returns>False when it was gone before.</returns>
    public bool TryRemove(Relay relay)
    {
        if (!Relays.Remove(relay))
        {
            return false;
        }

        TellRecording(relay);
        return true;
    }

    /// <summary>A relay was paused, or goes on.</summary>
    public void HandlePaused(Relay relay) => TellRecording(relay);

    /// <summary>A peer's transport is up: the participant is in the room.</summary>
    public void HandleConnected(Peer peer, MonotonicTime now)
    {
        peer.JoinedAt = _context.WallClock(now);
        var participant = peer.Participant;
        Report(
            new ParticipantJoined(
                Parameters.Id,
                Parameters.Tenant,
                Parameters.Epoch,
                NextSequence(),
                peer.Session,
                participant.Id,
                participant.Identity,
                participant.Name
            )
        );
        _announcer.TellOthers(peer, new Joined(peer.Describe()));
        foreach (var relay in Relays)
        {
            relay.HandleJoined(peer, now);
        }

        Reassign();
    }

    /// <summary>A peer is gone: its tracks end and the others are told.</summary>
    public void Remove(Peer peer, LeaveReason reason, MonotonicTime now)
    {
        foreach (var track in peer.Tracks)
        {
            Unpublish(track);
        }

        peer.ReleaseSlots();
        _ = Peers.Remove(peer);
        var participant = peer.Participant;
        Report(
            new ParticipantLeft(
                Parameters.Id,
                Parameters.Tenant,
                Parameters.Epoch,
                NextSequence(),
                peer.Session,
                participant.Id,
                participant.Identity,
                reason
            )
        );
        foreach (var relay in Relays)
        {
            relay.HandleLeft(peer, now);
        }

        if (peer.JoinedAt is not null)
        {
            _announcer.TellOthers(peer, new Left(participant.Id, InCallNames.ToOthers(reason)));
        }

        Reassign();
        if (Peers.Count == 0)
        {
            StartEmptyTimeout(now);
        }
    }

    /// <summary>A peer was not admitted: that is the end of its session, which the functions still take for a coming one.</summary>
    public void ReportRefused(PeerParameters peer) =>
        Report(
            new ParticipantLeft(
                Parameters.Id,
                Parameters.Tenant,
                Parameters.Epoch,
                NextSequence(),
                peer.Session,
                peer.Participant.Id,
                peer.Participant.Identity,
                LeaveReason.NeverConnected
            )
        );

    /// <summary>The room's last fact on this engine.</summary>
    public void ReportEmptied() =>
        Report(new RoomEmptied(Parameters.Id, Parameters.Tenant, Parameters.Epoch, NextSequence()));

    /// <summary>A track's first packet is here.</summary>
    public void Publish(Track track, CodecParameters codec)
    {
        track.Publish(codec);
        Tracks.Add(track);
        if (track.Voice is { } voice)
        {
            _voices.Add(voice);
        }

        Report(
            new TrackPublished(
                Parameters.Id,
                Parameters.Tenant,
                Parameters.Epoch,
                NextSequence(),
                track.Publisher.Session,
                track.Publisher.Participant.Id,
                track.Id,
                track.Kind,
                track.Source,
                codec.Name
            )
        );
        _announcer.TellTracks(track.Publisher);
        foreach (var relay in Relays)
        {
            relay.HandlePublished(track, _context.Now);
        }

        Reassign();
    }

    /// <summary>A track ends: its m-line is gone, or its publisher is.</summary>
    public void Unpublish(Track track)
    {
        foreach (var layer in track.Layers)
        {
            foreach (var slot in layer.Slots.ToArray())
            {
                if (slot.Forget(layer))
                {
                    slot.Subscriber.NoteChanged(slot);
                }
            }
        }

        if (!Tracks.Remove(track))
        {
            return;
        }

        if (track.Voice is { } voice)
        {
            _ = _voices.Remove(voice);
            _speakers.Forget(voice);
        }

        Report(
            new TrackUnpublished(
                Parameters.Id,
                Parameters.Tenant,
                Parameters.Epoch,
                NextSequence(),
                track.Publisher.Session,
                track.Publisher.Participant.Id,
                track.Id
            )
        );
        foreach (var relay in Relays)
        {
            relay.HandleUnpublished(track, _context.Now);
        }

        TellSpeaker();
        Reassign();
    }

    /// <summary>Mutes or unmutes a track for everybody.</summary>
    public void SetMuted(Track track, bool muted)
    {
        if (track.IsMuted == muted)
        {
            return;
        }

        track.IsMuted = muted;
        if (muted && track.Voice is { } voice)
        {
            _speakers.Forget(voice);
        }

        _announcer.TellTracks(track.Publisher);
        foreach (var relay in Relays)
        {
            relay.HandleMuted(track, _context.Now);
        }

        TellSpeaker();
        Reassign();
    }

    /// <summary>A participant has another name, or other metadata.</summary>
    public void HandleUpdated(Peer peer, bool isRenamed)
    {
        _announcer.TellUpdated(peer);
        foreach (var relay in Relays)
        {
            if (isRenamed)
            {
                relay.HandleRenamed(peer, _context.Now);
            }
        }
    }

    /// <summary>The layers of a track, or what is known of them, have changed: slots that want it choose among them again.</summary>
    public void ChooseLayers(Track track, MonotonicTime now)
    {
        foreach (var peer in Peers)
        {
            ChooseLayers(peer, track, now);
        }

        foreach (var relay in Relays)
        {
            ChooseLayers(relay, track, now);
        }
    }

    /// <summary>Notes how loud a packet is.</summary>
    public void HandleLevel(Track track, Rtp.AudioLevel level, MonotonicTime now)
    {
        if (track.Voice is { } voice && !track.IsMuted)
        {
            _speakers.HandleLevel(voice, level, now);
            _context.WakeAt(_speakers.NextTimeout);
        }
    }

    /// <summary>Makes an id for a chat message, unique in the room.</summary>
    public string NextChatId() => string.Create(CultureInfo.InvariantCulture, $"msg_{Parameters.Epoch}_{++_chats}");

    /// <summary>What the slots carry has to be decided anew before the turn ends.</summary>
    public void Reassign()
    {
        if (!_isUnsettled)
        {
            _isUnsettled = true;
            _context.UnsettledRooms.Enqueue(this);
        }
    }

    public void Advance(MonotonicTime now)
    {
        if (now < _speakers.NextTimeout)
        {
            return;
        }

        if (_speakers.Advance(_voices, now))
        {
            if (_speakers.Dominant?.Owner is Track { Publisher: var floor })
            {
                floor.LastDominant = now;
            }

            Reassign();
            TellSpeaker();
        }

        _announcer.TellSpeakers(_voices, _speakers.Dominant);
    }

    /// <summary>Decides what every automatic slot carries, if anything has changed since the last time.</summary>
    public void Settle(MonotonicTime now)
    {
        _isUnsettled = false;
        _pictures.Rank(Tracks, MediaKind.Video);
        _sounds.Rank(Tracks, MediaKind.Audio);
        foreach (var peer in Peers)
        {
            if (peer.IsConnected && peer.Participant.Grants.CanSubscribe)
            {
                peer.AssignSlots(MediaKind.Video, _pictures.Tracks, now);
                peer.AssignSlots(MediaKind.Audio, _sounds.Tracks, now);
            }
        }
    }

    private static void ChooseLayers(Subscriber subscriber, Track track, MonotonicTime now)
    {
        foreach (var slot in subscriber.Slots)
        {
            if (slot.Wanted == track)
            {
                slot.Choose(now);
            }
        }
    }

    private void TellRecording(Relay relay)
    {
        if (relay.Parameters.Notice is not null)
        {
            _announcer.TellRecording();
        }
    }

    private void TellSpeaker()
    {
        var speaker = DominantSpeaker;
        if (string.Equals(speaker, _toldSpeaker, StringComparison.Ordinal))
        {
            return;
        }

        _toldSpeaker = speaker;
        foreach (var relay in Relays)
        {
            relay.HandleSpeaker(speaker, _context.Now);
        }
    }

    private void StartEmptyTimeout(MonotonicTime now)
    {
        EmptyDeadline = now + Parameters.EmptyTimeout;
        _context.WakeAt(EmptyDeadline);
    }

    private long NextSequence() => ++_facts;

    private void Report(RoomFact fact) => _context.Report(fact);
}
