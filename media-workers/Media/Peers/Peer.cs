using EventMeet.Media.Packets;
using EventMeet.Media.Rooms;
using EventMeet.Media.Rooms.InCall;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Rtp;
using EventMeet.Media.Sctp;
using EventMeet.Media.Sctp.DataChannels;
using EventMeet.Media.Values;

namespace EventMeet.Media.Peers;

/// <summary>A session's end on the engine: its transport, the tracks that arrive by it and the slots that leave by it.</summary>
internal sealed class Peer : Subscriber, IMember, IDisposable
{
    private const string InCallLabel = "eventmeet";
    private const string InCallProtocol = "eventmeet.v1";

    // So much may wait for its first transmission before the rest of a long list of participants is held back.
    private const int MaxListBacklog = 64 << 10; // bytes

    // A browser that has the answer connects within a second or two; behind bad networks it may take many more.
    private static readonly TimeSpan AdmissionTimeout = TimeSpan.FromSeconds(30);

    // How soon it is noticed that a browser has stopped or resumed one of a track's layers.
    private static readonly TimeSpan LayerCheckInterval = TimeSpan.FromMilliseconds(250);

    // How soon slots get more when a narrow path has become wider; less they get at once.
    private static readonly TimeSpan AllocationInterval = TimeSpan.FromMilliseconds(250);

    private readonly List<Slot> _changedSlots = [];
    private readonly Queue<IMember> _untold = new(0);
    private ushort? _inCallStream;
    private readonly MonotonicTime _admissionEndsAt;
    private bool _isUnsettled;
    private MonotonicTime _nextLayerCheck = MonotonicTime.Never;
    private MonotonicTime _nextAllocation = MonotonicTime.Never;

    public Peer(PeerParameters parameters, Room room, EngineContext context, MonotonicTime now)
        : base(context)
    {
        (Parameters, Room) = (parameters, room);
        Participant = parameters.Participant;
        Transport = new PeerTransport(parameters, Outlet, context, now);
        Reception = new PeerReception(this, context);
        Reports = new PeerReports(this, context, now);
        _admissionEndsAt = now + AdmissionTimeout;
        TakeMedia(parameters);
        WakeAt(_admissionEndsAt);
    }

    public PeerParameters Parameters { get; private set; }

    public Room Room { get; }

    public PeerTransport Transport { get; }

    /// <summary>Gets how arriving packets find their layers.</summary>
    public PeerReception Reception { get; }

    /// <summary>Gets the RTCP that goes out.</summary>
    public PeerReports Reports { get; }

    /// <summary>Gets or sets who it is; name and metadata may change.</summary>
    public ParticipantParameters Participant { get; set; }

    public string Session => Parameters.Session;

    /// <summary>Gets the published m-lines, each a track.</summary>
    public List<Track> Tracks { get; } = [];

    /// <summary>Gets how the participant's clock runs against ours.</summary>
    public SenderClock SenderClock { get; } = new();

    /// <summary>Gets or sets when the transport came up; null before.</summary>
    public DateTimeOffset? JoinedAt { get; set; }

    /// <summary>Gets or sets when this participant last took the floor.</summary>
    public MonotonicTime LastDominant { get; set; }

    /// <summary>Gets or sets a value indicating whether a hand is up.</summary>
    public bool HandRaised { get; set; }

    /// <summary>Gets how many messages the page may send.</summary>
    public InCallBudget InCallBudget { get; } = new();

    public bool IsConnected => Transport.IsConnected;

    /// <summary>Gets a value indicating whether the page's in-call channel is open.</summary>
    public bool IsInCall => _inCallStream is not null;

    /// <summary>Gets why the peer shall be closed; null while it shall not.</summary>
    public LeaveReason? Leaving { get; private set; }

    /// <summary>Gets a value indicating whether nothing more is sent or taken.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Gets when to call <see cref="Advance"/>.</summary>
    public MonotonicTime NextTimeout
    {
        get
        {
            var soonest = MonotonicTime.Soonest(
                Transport.NextTimeout,
                IsConnected ? Reports.NextTimeout : _admissionEndsAt
            );
            soonest = MonotonicTime.Soonest(soonest, _nextLayerCheck);
            soonest = MonotonicTime.Soonest(soonest, _nextAllocation);
            soonest = MonotonicTime.Soonest(soonest, Bandwidth.NextTimeout);
            foreach (var slot in Slots)
            {
                soonest = MonotonicTime.Soonest(soonest, slot.NextTimeout);
            }

            return soonest;
        }
    }

    /// <summary>Takes the session's next revision: m-lines that are gone end, new ones begin, the others stay as they are.</summary>
    public void Update(PeerParameters parameters, MonotonicTime now)
    {
        var (old, ice) = (Parameters, parameters.Ice);
        Parameters = parameters;
        if (old.Ice != ice)
        {
            Transport.Restart(ice, now);
        }

        var isRenamed = TakeParticipant(old.Participant, parameters.Participant);
        foreach (var track in Tracks.Where(track => !MayGoOn(track, parameters)).ToArray())
        {
            _ = Tracks.Remove(track);
            Reception.Forget(track);
            Room.Unpublish(track);
        }

        foreach (var slot in Slots.Where(slot => !MayGoOn(slot, parameters)).ToArray())
        {
            _ = slot.Carry(null, now);
            _ = Slots.Remove(slot);
        }

        TakeMedia(parameters);
        if (isRenamed)
        {
            Room.HandleUpdated(this, isRenamed: true);
        }
        else
        {
            Room.HandleGrants(this);
        }

        Room.Announcer.TellTracks(this);
        Room.Reassign();
        NoteUnsettled();
    }

    /// <summary>Lets time pass.</summary>
    public void Advance(MonotonicTime now)
    {
        Transport.Advance(now);
        foreach (var slot in Slots)
        {
            if (slot.Advance(now))
            {
                NoteChanged(slot);
            }
        }

        if (now >= _nextLayerCheck)
        {
            CheckLayers(now);
        }

        if (now >= _nextAllocation)
        {
            AllocateLayers(now);
        }

        if (!IsConnected && now >= _admissionEndsAt)
        {
            LeaveBecause(LeaveReason.NeverConnected);
        }
        else if (IsConnected)
        {
            Reports.Advance(now);
        }

        NoteUnsettled();
    }

    /// <summary>Slots that want a track of several layers choose again, now and from time to time.</summary>
    public void CheckLayers(MonotonicTime now)
    {
        _nextLayerCheck = MonotonicTime.Never;
        foreach (var track in Tracks)
        {
            Room.ChooseLayers(track, now);
            if (track.Layers.Count > 1)
            {
                _nextLayerCheck = now + LayerCheckInterval;
            }
        }

        WakeAt(_nextLayerCheck);
    }

    /// <inheritdoc/>
    public override void HandleTransportFeedback(ref TransportFeedback feedback, MonotonicTime now)
    {
        base.HandleTransportFeedback(ref feedback, now);
        if (
            Bandwidth.Estimate is { } estimate
            && (_nextAllocation == MonotonicTime.Never || estimate < Bandwidth.Allocated)
        )
        {
            AllocateLayers(now);
        }

        WakeAt(Bandwidth.NextTimeout);
    }

    /// <summary>The page must be told what a slot carries now.</summary>
    public override void NoteChanged(Slot slot)
    {
        if (!_changedSlots.Contains(slot))
        {
            _changedSlots.Add(slot);
        }

        NoteUnsettled();
    }

    /// <summary>Queues a message for the page; one that does not take its messages any more is lost.</summary>
    /// <param name="text">Other pages may be sent it, too: nobody changes it any more.</param>
    public void SendInCall(byte[] text)
    {
        // A page that lets a quarter of a megabyte pile up is not reading; its own ping will find out.
        if (
            Transport.Channels is { } channels
            && _inCallStream is { } stream
            && channels.SendShared(stream, isText: true, text, Context.Now) is not SendResult.Queued
        )
        {
            _ = Context.Faults.Count(PacketFault.QueueFull);
        }

        NoteUnsettled();
    }

    /// <summary>Tells the page of these participants with "joined", as fast as it takes the messages.</summary>
    public void TellOfLater(IEnumerable<IMember> others)
    {
        _untold.Clear();
        foreach (var other in others)
        {
            _untold.Enqueue(other);
        }

        NoteUnsettled();
    }

    /// <summary>The peer shall be closed before the turn ends.</summary>
    public void LeaveBecause(LeaveReason reason)
    {
        Leaving ??= reason;
        NoteUnsettled();
    }

    /// <inheritdoc/>
    public void RequestKeyFrame(Layer layer, MonotonicTime now)
    {
        layer.KeyFrames.HandleRequest();
        WakeAt(now);
    }

    /// <inheritdoc/>
    public void HandleDemand(Layer layer)
    {
        // A publisher sends whether anybody wants it or not.
    }

    /// <inheritdoc/>
    public void Mute(Track track, string moderator)
    {
        if (!track.IsMuted)
        {
            Room.SetMuted(track, muted: true);
            RoomAnnouncer.Tell(this, new Muted(track.Id, moderator));
        }
    }

    /// <summary>Sends what was said last, and goodbye.</summary>
    public void Close(MonotonicTime now)
    {
        IsClosed = true;
        Transport.Drain(now);
        Transport.Close(now);
    }

    /// <summary>Something has to be sent or told before the turn ends.</summary>
    public void NoteUnsettled()
    {
        if (!_isUnsettled && !IsClosed)
        {
            _isUnsettled = true;
            Context.Unsettled.Enqueue(this);
        }
    }

    /// <summary>Tells the page what has changed and moves everything said into the train.</summary>
    public void Settle(MonotonicTime now)
    {
        _isUnsettled = false;
        if (IsClosed)
        {
            return;
        }

        HandleChannelEvents(now);
        TellOfUntold();
        if (_changedSlots.Count > 0)
        {
            RoomAnnouncer.Tell(this, new SlotsChanged([.. _changedSlots.Select(RoomAnnouncer.Describe)]));
            _changedSlots.Clear();
        }

        Transport.Drain(now);
        Leaving ??= Transport.Ended;
        WakeAt(NextTimeout);
    }

    /// <summary>The round trip has been measured: an answer to a NACK takes about this long.</summary>
    public override void NoteRoundTrip(TimeSpan roundTrip)
    {
        if (roundTrip > TimeSpan.Zero)
        {
            foreach (var layer in Reception.Layers)
            {
                layer.Nacks.RoundTrip = roundTrip;
            }
        }
    }

    public void Dispose()
    {
        Transport.Dispose();
        Outlet.Dispose();
    }

    private void AllocateLayers(MonotonicTime now)
    {
        if (Bandwidth.Estimate is not { } estimate)
        {
            return;
        }

        Context.LayerAllocator.Allocate(this, estimate, Room.DominantSpeaker, now);
        _nextAllocation = now + AllocationInterval;
        WakeAt(_nextAllocation);
    }

    private bool MayGoOn(Track track, PeerParameters parameters) =>
        Participant.Grants.Allows(track.Source) && parameters.Media.Any(media => Continues(media, track));

    private bool MayGoOn(Slot slot, PeerParameters parameters) =>
        Participant.Grants.CanSubscribe && parameters.Media.Any(media => Continues(media, slot));

    // What the participant has changed in the room stays, unless the new offer's token says something new about it.
    private bool TakeParticipant(ParticipantParameters old, ParticipantParameters next)
    {
        var before = Participant;
        Participant = before with
        {
            Grants = next.Grants,
            Name = string.Equals(next.Name, old.Name, StringComparison.Ordinal) ? before.Name : next.Name,
            Metadata = string.Equals(next.Metadata, old.Metadata, StringComparison.Ordinal)
                ? before.Metadata
                : next.Metadata,
        };
        return !string.Equals(Participant.Name, before.Name, StringComparison.Ordinal)
            || !string.Equals(Participant.Metadata, before.Metadata, StringComparison.Ordinal);
    }

    private static bool Continues(MediaParameters media, Track track) =>
        string.Equals(media.Mid, track.Mid, StringComparison.Ordinal)
        && string.Equals(media.Published?.Track, track.Id, StringComparison.Ordinal);

    private static bool Continues(MediaParameters media, Slot slot) =>
        string.Equals(media.Mid, slot.Mid, StringComparison.Ordinal) && media.Slot?.Ssrc == slot.Ssrc;

    private void TakeMedia(PeerParameters parameters)
    {
        foreach (var media in parameters.Media)
        {
            if (
                media.Published is not null
                && Participant.Grants.Allows(media.Source)
                && !Tracks.Exists(track => Continues(media, track))
            )
            {
                var track = new Track(this, media);
                Tracks.Add(track);
                Reception.Expect(track);
            }

            if (
                media.Slot is not null
                && Participant.Grants.CanSubscribe
                && !Slots.Exists(slot => Continues(media, slot))
            )
            {
                Slots.Add(new Slot(this, media));
            }
        }
    }

    private void TellOfUntold()
    {
        while (
            _inCallStream is { } stream
            && Transport.Channels!.BufferedAmount(stream) < MaxListBacklog
            && _untold.Count > 0
        )
        {
            var other = _untold.Dequeue();
            if (!other.IsClosed)
            {
                RoomAnnouncer.Tell(this, new Joined(RoomAnnouncer.Describe(other)));
            }
        }
    }

    private void HandleChannelEvents(MonotonicTime now)
    {
        while (Transport.Channels is { } channels && channels.TryTakeEvent(out var taken))
        {
            switch (taken.Kind)
            {
                case DataChannelEventKind.Opened
                    when taken.Parameters is { Label: InCallLabel, Protocol: InCallProtocol } && _inCallStream is null:
                    _inCallStream = taken.StreamId;
                    Room.Announcer.Welcome(this);
                    break;
                case DataChannelEventKind.Message when taken.StreamId == _inCallStream && taken.IsText:
                    _ = Context.Faults.Count(InCallRequests.Handle(Room, this, taken.Payload, now));
                    break;
                case DataChannelEventKind.AssociationLost:
                    // A page that closes its connection says so by aborting (libwebrtc) or shutting down the association.
                    LeaveBecause(
                        taken.Reason is SctpCloseReason.AbortedByPeer or SctpCloseReason.Shutdown
                            ? LeaveReason.Left
                            : LeaveReason.ConnectionLost
                    );
                    break;
                case DataChannelEventKind.Closed when taken.StreamId == _inCallStream:
                    _inCallStream = null;
                    break;
                default:
                    break;
            }
        }
    }
}
