using System.Globalization;
using EventMeet.Media.Links;
using EventMeet.Media.Peers;
using EventMeet.Media.Relays;
using EventMeet.Media.Rooms.InCall;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms;

/// <summary>
/// The live truth of a room: who is in, what they publish, which slot carries what. On the shard that the room lives on, its home,
/// it is the whole room; on another one it is a branch, for the peers that are there. Home and branches tell each other
/// over links (see <c>Links/README.md</c>); only the home reports facts.
/// </summary>
internal sealed class Room
{
    // A branch that nobody is in any more costs its home something; whoever comes late makes it anew.
    private static readonly TimeSpan BranchTimeout = TimeSpan.FromSeconds(1);

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

    /// <summary>Gets every admitted peer of this engine, connected or not.</summary>
    public List<Peer> Peers { get; } = [];

    /// <summary>Gets everybody who was admitted, here or on another shard.</summary>
    public List<IMember> Members { get; } = [];

    /// <summary>Gets the links to branches; of a branch the one to its home.</summary>
    public List<Link> Links { get; } = [];

    /// <summary>Gets a value indicating whether the room lives on this engine.</summary>
    public bool IsHome => Parameters.HomeShard is null;

    /// <summary>Gets a value indicating whether as many are in as may be.</summary>
    public bool IsFull => Members.Count >= Parameters.MaxPeers;

    /// <summary>Gets who records, as the home has said.</summary>
    public RecordingState? ToldRecording { get; private set; }

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

    /// <summary>Somebody was admitted, here or on another shard.</summary>
    public void Admit(IMember member)
    {
        Members.Add(member);
        if (member is Peer peer)
        {
            Peers.Add(peer);
        }

        if (!IsEmpty)
        {
            EmptyDeadline = MonotonicTime.Never;
        }

        Links.ForEach(link => link.HandleAdmitted(member));
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

    /// <summary>A peer's transport is up.</summary>
    public void HandleConnected(Peer peer, MonotonicTime now)
    {
        peer.JoinedAt = _context.WallClock(now);
        HandleJoined(peer, now);
    }

    /// <summary>Somebody's transport is up, here or on another shard: the participant is in the room.</summary>
    public void HandleJoined(IMember member, MonotonicTime now)
    {
        var participant = member.Participant;
        Report(
            new ParticipantJoined(
                Parameters.Id,
                Parameters.Tenant,
                Parameters.Epoch,
                NextSequence(),
                member.Session,
                participant.Id,
                participant.Identity,
                participant.Name
            )
        );
        _announcer.TellOthers(member, new Joined(RoomAnnouncer.Describe(member)));
        Relays.ForEach(relay => relay.HandleJoined(member, now));
        Links.ForEach(link => link.HandleJoined(member));
        Reassign();
    }

    /// <summary>Somebody is gone: their tracks end and the others are told.</summary>
    public void Remove(IMember member, LeaveReason reason, MonotonicTime now)
    {
        // Links first: the other ends know by themselves that the tracks go too.
        Links.ForEach(link => link.HandleLeft(member, reason));
        foreach (var track in member.Tracks)
        {
            Unpublish(track);
        }

        _ = Members.Remove(member);
        if (member is Peer peer)
        {
            peer.ReleaseSlots();
            _ = Peers.Remove(peer);
        }

        var participant = member.Participant;
        Report(
            new ParticipantLeft(
                Parameters.Id,
                Parameters.Tenant,
                Parameters.Epoch,
                NextSequence(),
                member.Session,
                participant.Id,
                participant.Identity,
                reason
            )
        );
        Relays.ForEach(relay => relay.HandleLeft(member, now));
        if (member.JoinedAt is not null)
        {
            _announcer.TellOthers(member, new Left(participant.Id, InCallNames.ToOthers(reason)));
        }

        Reassign();
        if (IsEmpty)
        {
            StartEmptyTimeout(now);
        }
    }

    /// <summary>A peer was not admitted: that is the end of its session, which the functions still take for a coming one.</summary>
    public void HandleRefused(string session, ParticipantParameters participant)
    {
        Links.ForEach(link => link.HandleRefused(session, participant));
        Report(
            new ParticipantLeft(
                Parameters.Id,
                Parameters.Tenant,
                Parameters.Epoch,
                NextSequence(),
                session,
                participant.Id,
                participant.Identity,
                LeaveReason.NeverConnected
            )
        );
    }

    /// <summary>The room's last fact on this engine.</summary>
    public void ReportEmptied() =>
        Report(new RoomEmptied(Parameters.Id, Parameters.Tenant, Parameters.Epoch, NextSequence()));

    /// <summary>A track's first packet is here, or on another shard.</summary>
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
        Relays.ForEach(relay => relay.HandlePublished(track, _context.Now));
        Links.ForEach(link => link.HandlePublished(track));
        Reassign();
    }

    /// <summary>A track ends: its m-line is gone, or its publisher is.</summary>
    public void Unpublish(Track track)
    {
        track.Layers.ForEach(layer => layer.ForgetSlots());
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
        Relays.ForEach(relay => relay.HandleUnpublished(track, _context.Now));
        Links.ForEach(link => link.HandleUnpublished(track));
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
        Relays.ForEach(relay => relay.HandleMuted(track, _context.Now));
        Links.ForEach(link => link.HandleMuted(track));
        TellSpeaker();
        Reassign();
    }

    /// <summary>A participant has another name, or other metadata.</summary>
    public void HandleUpdated(IMember member, bool isRenamed)
    {
        _announcer.TellUpdated(member);
        Links.ForEach(link => link.HandleUpdated(member));
        foreach (var relay in Relays)
        {
            if (isRenamed)
            {
                relay.HandleRenamed(member, _context.Now);
            }
        }
    }

    /// <summary>A participant of another shard has another name, other metadata or other grants.</summary>
    public void HandleUpdated(RemoteMember member, ParticipantParameters participant)
    {
        var old = member.Participant;
        member.Participant = participant;
        var isRenamed = !string.Equals(old.Name, participant.Name, StringComparison.Ordinal);
        if (isRenamed || !string.Equals(old.Metadata, participant.Metadata, StringComparison.Ordinal))
        {
            HandleUpdated(member, isRenamed);
        }
        else
        {
            HandleGrants(member);
        }
    }

    /// <summary>A participant may do something else from now on, of which pages are not told.</summary>
    public void HandleGrants(IMember member) => Links.ForEach(link => link.HandleUpdated(member));

    /// <summary>A hand goes up or down; the others are told.</summary>
    public void RaiseHand(IMember member, bool raised)
    {
        member.HandRaised = raised;
        _announcer.TellOthers(member, new HandChanged(member.Participant.Id, raised));
        Links.ForEach(link => link.HandleHand(member));
    }

    /// <summary>Somebody reacts; the others are told.</summary>
    public void React(IMember member, string reaction)
    {
        _announcer.TellOthers(member, new ReactionReceived(member.Participant.Id, reaction));
        Links.ForEach(link => link.HandleReaction(member, reaction));
    }

    /// <summary>Somebody says something, to everybody or to one. The home numbers it, so that all read everything in one order.</summary>
    public void HandleChat(ChatReceived chat)
    {
        if (!IsHome && chat.Id.Length == 0)
        {
            Links.ForEach(link => link.HandleChat(chat));
            return;
        }

        var said = IsHome ? chat with { Id = NextChatId() } : chat;
        _announcer.TellChat(said);
        if (IsHome)
        {
            Links.ForEach(link => link.HandleChat(said));
        }
    }

    /// <summary>Finds who has a session, here or on another shard; null when nobody has.</summary>
    public IMember? FindBySession(string session) =>
        Members.Find(member => string.Equals(member.Session, session, StringComparison.Ordinal));

    /// <summary>Finds a published track; null when there is none.</summary>
    public Track? FindTrack(string id) => Tracks.Find(track => string.Equals(track.Id, id, StringComparison.Ordinal));

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

        foreach (var link in Links)
        {
            link.HandleLayers(track);
        }
    }

    /// <summary>A publisher has said how a layer's timestamps belong to its clock.</summary>
    /// <param name="layer">Which layer.</param>
    /// <param name="report">What it said.</param>
    /// <param name="at">When that came from the publisher.</param>
    public void HandleSenderReport(Layer layer, in SenderInfo report, MonotonicTime at)
    {
        layer.Statistics.HandleSenderReport(report, at);
        layer.Track.Publisher.SenderClock.HandleReport(report.Ntp, at, _context.Ntp);
        foreach (var link in Links)
        {
            link.HandleSenderReport(layer);
        }
    }

    /// <summary>Others have been heard on another shard.</summary>
    /// <param name="hasChanged">Somebody began or ceased to speak.</param>
    /// <param name="now">The time.</param>
    public void HandleVoices(bool hasChanged, MonotonicTime now)
    {
        if (hasChanged)
        {
            Reassign();
        }

        _speakers.Hurry(now);
        _context.WakeAt(now);
    }

    /// <summary>The home has said who has the floor.</summary>
    /// <param name="track">Whose track; null for nobody.</param>
    /// <param name="since">Since when.</param>
    public void HandleFloor(string? track, MonotonicTime since)
    {
        var voice = track is null ? null : FindTrack(track)?.Voice;
        if (_speakers.GiveFloor(voice, since))
        {
            NoteFloor();
        }
    }

    /// <summary>Tells an end that knows nothing yet who can be heard.</summary>
    public void TellVoices(Link link) => link.TellVoices(_voices, _speakers.Dominant);

    /// <summary>The home has said who records.</summary>
    public void HandleRecording(RecordingState state)
    {
        ToldRecording = state;
        _announcer.TellRecording();
    }

    /// <summary>Notes how loud a packet is.</summary>
    public void HandleLevel(Track track, Rtp.AudioLevel level, MonotonicTime now)
    {
        if (track.Voice is { IsHeardElsewhere: false } voice && !track.IsMuted)
        {
            _speakers.HandleLevel(voice, level, now);
            _context.WakeAt(_speakers.NextTimeout);
        }
    }

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

        if (_speakers.Advance(_voices, now, givesFloor: IsHome))
        {
            NoteFloor();
        }

        _announcer.TellSpeakers(_voices, _speakers.Dominant);
        foreach (var link in Links)
        {
            TellVoices(link);
        }
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
                _context.SlotAssignment.Assign(peer, MediaKind.Video, _pictures.Tracks, now);
                _context.SlotAssignment.Assign(peer, MediaKind.Audio, _sounds.Tracks, now);
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

    private bool IsEmpty => (IsHome ? Members.Count : Peers.Count) == 0;

    // Makes an id for a chat message, unique in the room.
    private string NextChatId() => string.Create(CultureInfo.InvariantCulture, $"msg_{Parameters.Epoch}_{++_chats}");

    private void NoteFloor()
    {
        if (_speakers.Dominant is { Owner: Track { Publisher: var floor }, LastDominant: var since })
        {
            floor.LastDominant = since;
        }

        Reassign();
        TellSpeaker();
    }

    private void TellRecording(Relay relay)
    {
        if (relay.Parameters.Notice is not null)
        {
            _announcer.TellRecording();
            Links.ForEach(link => link.HandleRecording(_announcer.DescribeRecording()));
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
        EmptyDeadline = now + (IsHome ? Parameters.EmptyTimeout : BranchTimeout);
        _context.WakeAt(EmptyDeadline);
    }

    private long NextSequence() => ++_facts;

    private void Report(RoomFact fact)
    {
        if (IsHome)
        {
            _context.Report(fact);
        }
    }
}
