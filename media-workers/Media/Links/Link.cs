using EventMeet.Media.Packets;
using EventMeet.Media.Peers;
using EventMeet.Media.Rooms;
using EventMeet.Media.Rooms.InCall;
using EventMeet.Media.Values;

namespace EventMeet.Media.Links;

/// <summary>
/// One end of what joins a room's home and one of its branches: here what this end tells and sends, in <c>Link.Input</c> what it
/// hears. Of whom the other end has told, it is told nothing: so nothing goes round in circles.
/// </summary>
internal sealed partial class Link
{
    private readonly EngineContext _context;

    // What the other end knows of our side's tracks and layers.
    private readonly Dictionary<Track, IReadOnlyList<LinkedLayer>> _toldTracks = [];
    private readonly Dictionary<int, Layer> _toldLayers = [];

    // Layers of the other side that nobody here wants any more; somebody may again before the turn ends.
    private readonly List<Layer> _idle = [];

    private bool _isOver;
    private bool _isUnsettled;
    private bool _silenceTold = true;
    private string? _toldDominant;

    public Link(LinkPath path, long id, Room room, bool isHome, EngineContext context) =>
        (Path, Id, Room, IsHome, _context) = (path, id, room, isHome, context);

    public LinkPath Path { get; }

    public long Id { get; }

    public Room Room { get; }

    /// <summary>Gets a value indicating whether the room lives at this end.</summary>
    public bool IsHome { get; }

    /// <summary>Gets a value indicating whether the other end could not be told something: it must begin anew.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Tells the other end, unless the link is lost or over.</summary>
    public void Send(LinkMessage message)
    {
        if (!IsLost && !_isOver && !Path.TrySend(message))
        {
            IsLost = true;
            _ = _context.Faults.Count(PacketFault.QueueFull);
            NoteUnsettled();
        }
    }

    /// <summary>Tells the whole room to an end that knows nothing of it.</summary>
    public void TellAll()
    {
        foreach (var member in Room.Members)
        {
            HandleAdmitted(member);
            if (member.JoinedAt is not null)
            {
                HandleJoined(member);
            }

            if (member.HandRaised)
            {
                HandleHand(member);
            }
        }

        foreach (var track in Room.Tracks)
        {
            HandlePublished(track);
        }

        Room.TellVoices(this);
        HandleRecording(Room.Announcer.DescribeRecording());
    }

    public void HandleAdmitted(IMember member)
    {
        if (!IsFromThere(member))
        {
            Send(new MemberAdmitted(Id, member.Session, member.Participant));
        }
    }

    /// <summary>A peer was not admitted; a branch tells, as the home reports it.</summary>
    public void HandleRefused(string session, ParticipantParameters participant)
    {
        if (!IsHome)
        {
            Send(new MemberRefused(Id, session, participant));
        }
    }

    public void HandleJoined(IMember member)
    {
        if (!IsFromThere(member) && member.JoinedAt is { } at)
        {
            Send(new MemberJoined(Id, member.Session, at, member.LastDominant));
        }
    }

    public void HandleUpdated(IMember member)
    {
        if (!IsFromThere(member))
        {
            Send(new MemberUpdated(Id, member.Session, member.Participant));
        }
    }

    public void HandleLeft(IMember member, LeaveReason reason)
    {
        if (!IsFromThere(member))
        {
            member.Tracks.ForEach(track => _ = TryForget(track));
            Send(new MemberLeft(Id, member.Session, reason));
        }
    }

    public void HandleHand(IMember member)
    {
        if (!IsFromThere(member))
        {
            Send(new MemberRaisedHand(Id, member.Session, member.HandRaised));
        }
    }

    public void HandleReaction(IMember member, string reaction)
    {
        if (!IsFromThere(member))
        {
            Send(new MemberReacted(Id, member.Session, reaction));
        }
    }

    public void HandlePublished(Track track)
    {
        if (!IsFromThere(track.Publisher))
        {
            var layers = Describe(track);
            Send(new TrackAdded(Id, track.Publisher.Session, track.Media, track.Codec!, track.IsMuted, layers));
            NoteTold(track, layers);
        }
    }

    public void HandleUnpublished(Track track)
    {
        if (TryForget(track))
        {
            Send(new TrackRemoved(Id, track.Id));
        }
    }

    public void HandleMuted(Track track)
    {
        if (!IsFromThere(track.Publisher))
        {
            Send(new TrackMuted(Id, track.Id, track.IsMuted));
        }
    }

    /// <summary>A track's layers may have changed.</summary>
    public void HandleLayers(Track track)
    {
        if (!_toldTracks.TryGetValue(track, out var told) || IsAsTold(track, told))
        {
            return;
        }

        foreach (var gone in told.Where(each => !track.Layers.Exists(layer => layer.Tag == each.Tag)))
        {
            if (_toldLayers.Remove(gone.Tag, out var layer))
            {
                layer.Detach(this);
            }
        }

        var layers = Describe(track);
        Send(new LayersChanged(Id, track.Id, layers));
        NoteTold(track, layers);
    }

    /// <summary>A layer's sender report has come.</summary>
    public void HandleSenderReport(Layer layer)
    {
        if (layer.Statistics.LastSenderReport is { } report && layer.Track.Layers.Exists(each => each.IsSentOver(this)))
        {
            Send(new SenderReported(Id, layer.Tag, report, layer.Statistics.SenderReportAt));
        }
    }

    /// <summary>Says who can be heard on this side, and at a home who has the floor.</summary>
    public void TellVoices(IReadOnlyList<SpeakerObserver.Voice> voices, SpeakerObserver.Voice? dominant)
    {
        List<LinkedVoice> heard = [];
        foreach (var voice in voices)
        {
            if (voice.CanBeHeard && voice.Owner is Track track && !IsFromThere(track.Publisher))
            {
                heard.Add(new(track.Id, voice.Loudness, voice.IsSpeaking, voice.LastSpoke));
            }
        }

        var floor = IsHome ? (dominant?.Owner as Track)?.Id : null;
        if (heard.Count > 0 || !_silenceTold || !string.Equals(floor, _toldDominant, StringComparison.Ordinal))
        {
            (_silenceTold, _toldDominant) = (heard.Count == 0, floor);
            Send(new VoicesChanged(Id, heard, floor, dominant?.LastDominant ?? MonotonicTime.Zero));
        }
    }

    public void HandleChat(ChatReceived chat) => Send(new ChatSaid(Id, chat));

    /// <summary>Who records has changed; a home tells.</summary>
    public void HandleRecording(RecordingState state)
    {
        if (IsHome)
        {
            Send(new RecordingTold(Id, state));
        }
    }

    /// <summary>Sends a layer's packet.</summary>
    /// <param name="layer">A layer that the other end wants.</param>
    /// <param name="packet">Header and payload, decrypted.</param>
    /// <param name="index">Its unwrapped sequence number.</param>
    /// <param name="now">The time.</param>
    public void Send(Layer layer, ReadOnlySpan<byte> packet, PacketIndex index, MonotonicTime now)
    {
        if (Path.Outlet.TryReserve(out var free) && packet.TryCopyTo(free))
        {
            Path.Outlet.Commit(layer.Tag, index, packet.Length);
            return;
        }

        // Whoever watches there has lost a piece that nobody there can send again.
        _ = _context.Faults.Count(PacketFault.LinkFull);
        layer.RequestKeyFrame(now);
    }

    /// <summary>Somebody here wants a layer of the other side now, or nobody does any more.</summary>
    public void HandleDemand(Layer layer)
    {
        if (layer.IsWanted && !layer.IsAskedFor)
        {
            layer.IsAskedFor = true;
            Send(new LayerWanted(Id, layer.UpstreamTag, Wanted: true));
        }
        else if (!layer.IsWanted && layer.IsAskedFor)
        {
            _idle.Add(layer);
            NoteUnsettled();
        }
    }

    /// <summary>The turn ends: what nobody wants need not be sent here.</summary>
    public void Settle()
    {
        _isUnsettled = false;
        foreach (var layer in _idle)
        {
            if (!layer.IsWanted && layer.IsAskedFor)
            {
                layer.IsAskedFor = false;
                Send(new LayerWanted(Id, layer.UpstreamTag, Wanted: false));
            }
        }

        _idle.Clear();
    }

    /// <summary>The link is over: nothing more is sent or taken.</summary>
    public void Release()
    {
        _isOver = true;
        foreach (var layer in _toldLayers.Values)
        {
            layer.Detach(this);
        }

        foreach (var layer in _tracks.Values.SelectMany(track => track.Layers))
        {
            _ = Path.Layers.Remove(layer.UpstreamTag);
        }

        _toldLayers.Clear();
        _toldTracks.Clear();
    }

    private LinkedLayer[] Describe(Track track)
    {
        track.NoteQuietLayers();
        return
        [
            .. track.Layers.Select(layer => new LinkedLayer(
                layer.Tag,
                layer.Ssrc,
                layer.Rid,
                layer.Height,
                layer.IsQuiet,
                layer.RateAt(_context.Now)
            )),
        ];
    }

    private bool IsAsTold(Track track, IReadOnlyList<LinkedLayer> told)
    {
        if (told.Count != track.Layers.Count)
        {
            return false;
        }

        track.NoteQuietLayers();
        for (var i = 0; i < told.Count; i++)
        {
            var (layer, known) = (track.Layers[i], told[i]);
            if (
                layer.Tag != known.Tag
                || layer.Height != known.Height
                || layer.IsQuiet != known.IsQuiet
                || IsFarFrom(layer.RateAt(_context.Now), known.Rate)
            )
            {
                return false;
            }
        }

        return true;
    }

    // Rates change all the time; so much is another size of picture.
    private static bool IsFarFrom(DataRate rate, DataRate told) =>
        Math.Abs(rate.BitsPerSecond - told.BitsPerSecond) > Math.Max(told.BitsPerSecond, 100_000) / 4;

    private bool IsFromThere(IMember member) => member is RemoteMember remote && remote.Link == this;

    private void NoteTold(Track track, IReadOnlyList<LinkedLayer> layers)
    {
        _toldTracks[track] = layers;
        foreach (var layer in track.Layers)
        {
            _toldLayers[layer.Tag] = layer;
        }
    }

    // Of a track that ends nothing more is sent.
    private bool TryForget(Track track)
    {
        if (!_toldTracks.Remove(track))
        {
            return false;
        }

        foreach (var layer in track.Layers)
        {
            _ = _toldLayers.Remove(layer.Tag);
            layer.Detach(this);
        }

        return true;
    }

    private void NoteUnsettled()
    {
        if (!_isUnsettled)
        {
            _isUnsettled = true;
            _context.UnsettledLinks.Enqueue(this);
        }
    }
}
