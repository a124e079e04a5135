using EventMeet.Media.Rooms;
using EventMeet.Media.Values;

namespace EventMeet.Media.Links;

/// <summary>What an end hears of the other one: whose members and tracks stand in the room beside its own.</summary>
internal sealed partial class Link
{
    private readonly Dictionary<string, RemoteMember> _members = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Track> _tracks = new(StringComparer.Ordinal);

    /// <summary>Gets those of whom the other end has told.</summary>
    public IReadOnlyCollection<RemoteMember> Members => _members.Values;

    /// <summary>Takes a message; one about somebody or something that is gone meanwhile says nothing.</summary>
    public void Handle(LinkMessage message, MonotonicTime now)
    {
        switch (message)
        {
            case MemberAdmitted admitted:
                Admit(admitted);
                break;
            case MemberRefused refused:
                Room.HandleRefused(refused.Session, refused.Participant);
                break;
            case MemberJoined joined when _members.TryGetValue(joined.Session, out var member):
                (member.JoinedAt, member.LastDominant) = (joined.At, joined.LastDominant);
                Room.HandleJoined(member, now);
                break;
            case MemberUpdated updated when _members.TryGetValue(updated.Session, out var member):
                Room.HandleUpdated(member, updated.Participant);
                break;
            case MemberRaisedHand hand when _members.TryGetValue(hand.Session, out var member):
                Room.RaiseHand(member, hand.Raised);
                break;
            case MemberReacted reacted when _members.TryGetValue(reacted.Session, out var member):
                Room.React(member, reacted.Reaction);
                break;
            case MemberLeft left when _members.Remove(left.Session, out var member):
                Remove(member, left.Reason, now);
                break;
            case ChatSaid said:
                Room.HandleChat(said.Chat);
                break;
            case VoicesChanged voices:
                HandleVoices(voices, now);
                break;
            case RecordingTold told:
                Room.HandleRecording(told.State);
                break;
            case CloseMember close:
                Room.FindBySession(close.Session)?.LeaveBecause(close.Reason);
                break;
            case MuteMember mute when Room.FindTrack(mute.Track) is { } track:
                track.Publisher.Mute(track, mute.By);
                break;
            default:
                HandleTracks(message, now);
                break;
        }
    }

    /// <summary>The other end is gone, and with it everybody of whom it has told.</summary>
    public void RemoveAll(LeaveReason reason, MonotonicTime now)
    {
        foreach (var member in _members.Values)
        {
            Remove(member, reason, now);
        }

        _members.Clear();
    }

    private void HandleTracks(LinkMessage message, MonotonicTime now)
    {
        switch (message)
        {
            case TrackAdded added when _members.TryGetValue(added.Session, out var member):
                Add(member, added);
                break;
            case TrackRemoved removed when _tracks.TryGetValue(removed.Track, out var track):
                _ = track.Publisher.Tracks.Remove(track);
                Forget(track);
                Room.Unpublish(track);
                Room.Announcer.TellTracks(track.Publisher);
                break;
            case TrackMuted muted when _tracks.TryGetValue(muted.Track, out var track):
                Room.SetMuted(track, muted.Muted);
                break;
            case LayersChanged changed when _tracks.TryGetValue(changed.Track, out var track):
                TakeLayers(track, changed.Layers);
                Room.ChooseLayers(track, now);
                break;
            case SenderReported reported when Path.Layers.TryGetValue(reported.Layer, out var layer):
                Room.HandleSenderReport(layer, reported.Report, reported.At);
                break;
            case LayerWanted wanted when _toldLayers.TryGetValue(wanted.Layer, out var layer):
                HandleWanted(layer, wanted.Wanted);
                break;
            case KeyFrameWanted wanted when _toldLayers.TryGetValue(wanted.Layer, out var layer):
                layer.RequestKeyFrame(now);
                break;
            default:
                break;
        }
    }

    private void Admit(MemberAdmitted admitted)
    {
        var member = new RemoteMember(this, admitted.Session, admitted.Participant);
        if (IsHome && Room.IsFull)
        {
            // Somebody else took the last place on another shard at this very moment.
            member.LeaveBecause(LeaveReason.NeverConnected);
        }

        _members[admitted.Session] = member;
        Room.Admit(member);
    }

    private void Remove(RemoteMember member, LeaveReason reason, MonotonicTime now)
    {
        member.Tracks.ForEach(Forget);
        member.IsClosed = true;
        Room.Remove(member, reason, now);
    }

    private void Add(RemoteMember member, TrackAdded added)
    {
        var track = new Track(member, added.Media) { IsMuted = added.Muted };
        _tracks[track.Id] = track;
        member.Tracks.Add(track);
        TakeLayers(track, added.Layers);
        Room.Publish(track, added.Codec);
    }

    private void Forget(Track track)
    {
        _ = _tracks.Remove(track.Id);
        foreach (var layer in track.Layers)
        {
            _ = Path.Layers.Remove(layer.UpstreamTag);
        }
    }

    private void TakeLayers(Track track, IReadOnlyList<LinkedLayer> told)
    {
        foreach (var gone in track.Layers.Where(layer => !told.Any(each => each.Tag == layer.UpstreamTag)).ToArray())
        {
            _ = track.Layers.Remove(gone);
            _ = Path.Layers.Remove(gone.UpstreamTag);
            gone.ForgetSlots();
        }

        foreach (var each in told)
        {
            var layer = track.Layers.Find(known => known.UpstreamTag == each.Tag);
            if (layer is null)
            {
                layer = new Layer(track, each.Ssrc, each.Rid, _context) { UpstreamTag = each.Tag };
                track.Layers.Add(layer);
                Path.Layers[each.Tag] = layer;
            }

            (layer.Height, layer.IsQuiet, layer.Rate.Told) = (each.Height, each.IsQuiet, each.Rate);
        }
    }

    private void HandleWanted(Layer layer, bool wanted)
    {
        if (!wanted)
        {
            layer.Detach(this);
            return;
        }

        layer.Attach(this);
        foreach (var each in layer.Track.Layers)
        {
            HandleSenderReport(each);
        }
    }

    private void HandleVoices(VoicesChanged told, MonotonicTime now)
    {
        var hasChanged = false;
        foreach (var track in _tracks.Values)
        {
            if (track.Voice is { } voice)
            {
                var heard = told.Voices.FirstOrDefault(each =>
                    string.Equals(each.Track, track.Id, StringComparison.Ordinal)
                );
                hasChanged |= voice.IsSpeaking != (heard?.IsSpeaking ?? false);
                voice.IsSpeaking = heard?.IsSpeaking ?? false;
                voice.Loudness = heard?.Loudness ?? 0;
                voice.LastSpoke = heard?.LastSpoke ?? voice.LastSpoke;
            }
        }

        Room.HandleVoices(hasChanged, now);
        if (!IsHome)
        {
            Room.HandleFloor(told.Dominant, told.DominantSince);
        }
    }
}
