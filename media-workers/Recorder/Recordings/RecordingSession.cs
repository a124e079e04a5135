using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Media.Relays;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;
using EventMeet.Recorder.Containers;
using EventMeet.Recorder.Depacketization;
using EventMeet.Recorder.Storage;
using EventMeet.Recorder.Timeline;
using MediaKind = EventMeet.Contracts.Messages.MediaKind;
using TrackSource = EventMeet.Contracts.Messages.TrackSource;

namespace EventMeet.Recorder.Recordings;

/// <summary>
/// One recording, without any input or output of its own: what a relay brings becomes files and a timeline. Call order: a
/// relay begins (<see cref="HandleRelay"/>), brings packets and messages, is lost (<see cref="HandleCutOff"/>) and another begins; at the end
/// <see cref="Stop"/>, if there is time for what is missing, and <see cref="Finish"/>. Not thread-safe, but for <see cref="State"/>.
/// </summary>
internal sealed class RecordingSession : IRelayConsumer
{
    // Storage says by itself that it has failed; this is how soon it is noticed.
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    private readonly StartRecording _command;
    private readonly DateTimeOffset _wallOrigin;
    private readonly NtpClock _wallClock;
    private readonly RecordingTimeline? _former;
    private readonly long _formerBytes;
    private readonly Func<string, string, IRecordingSink> _openSink;
    private readonly Dictionary<TrackId, RecordedTrack> _tracks = [];
    private readonly Dictionary<ParticipantId, string> _present = [];
    private readonly List<TrackFile> _files = [];
    private readonly HashSet<TrackId> _tracksEver;
    private readonly Queue<TrackId> _keyFrameRequests = [];
    private readonly int _take;
    private volatile SessionState _state;
    private TimelineBuilder? _timeline;
    private PublisherClock _clock;
    private DateTimeOffset? _cutOffAt;
    private DateTimeOffset? _endedAt;
    private MonotonicTime _nextCheck;
    private MonotonicTime _now;

    /// <summary>Begins, or goes on where another recorder was lost.</summary>
    /// <param name="parameters">What to record.</param>
    /// <param name="openSink">Begins a file: its whole name and its media type.</param>
    public RecordingSession(SessionParameters parameters, Func<string, string, IRecordingSink> openSink)
    {
        (_command, _openSink, _wallOrigin) = (parameters.Command, openSink, parameters.WallOrigin);
        _wallClock = new(
            NtpTime.FromUnixMicroseconds((_wallOrigin - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond)
        );
        _clock = new(_wallClock);
        _former = parameters.Former;
        _take = Math.Max(parameters.Take, (_former?.Take ?? 0) + 1);
        _formerBytes = _former?.Tracks.Sum(track => track.Files.Sum(file => file.Bytes)) ?? 0;
        _tracksEver = [.. _former?.Tracks.Where(track => track.Files.Count > 0).Select(track => track.Id) ?? []];
        _state = new(_former?.StartedAt, IsConnected: false, End: null, LostRelay: null);
    }

    /// <summary>Gets what others must know; may be read by any thread.</summary>
    public SessionState State
    {
        get => _state;
        private set => _state = value;
    }

    /// <summary>Gets the files that this recorder has begun.</summary>
    public IReadOnlyList<TrackFile> Files => _files;

    /// <summary>Gets a number that is another one whenever the timeline is.</summary>
    public long Revision { get; private set; }

    /// <summary>Gets when to come back.</summary>
    public MonotonicTime NextTimeout
    {
        get
        {
            if (State.End is not null)
            {
                return MonotonicTime.Never;
            }

            var soonest = _nextCheck;
            foreach (var track in _tracks.Values)
            {
                soonest = MonotonicTime.Soonest(soonest, track.NextTimeout);
            }

            return soonest;
        }
    }

    /// <summary>Another relay brings everything from here on; its numbers and its clock are its own.</summary>
    public void HandleRelay(MonotonicTime now)
    {
        HandleCutOff(now, relay: null);
        _clock = new(_wallClock);
    }

    /// <summary>The relay brings nothing any more: who is there is not known until another tells.</summary>
    /// <param name="now">Now.</param>
    /// <param name="relay">Which one; null when another takes its place at once.</param>
    public void HandleCutOff(MonotonicTime now, RelayId? relay)
    {
        if (State.LostRelay != relay)
        {
            State = State with { LostRelay = relay };
        }

        if (!State.IsConnected)
        {
            return;
        }

        var at = WallAt(now);
        foreach (var (id, track) in _tracks)
        {
            track.Interrupt();
            _timeline!.HandleUnpublished(id, at);
        }

        foreach (var participant in _present.Keys)
        {
            _timeline!.HandleLeft(participant, at);
        }

        _present.Clear();
        _timeline!.HandleResumed(at);
        _cutOffAt = at;
        State = State with { IsConnected = false, IsWaiting = false };
        Revision++;
    }

    /// <inheritdoc/>
    public void HandlePacket(RelayTrack track, ReadOnlySpan<byte> packet, MonotonicTime now)
    {
        if (State.End is null && _tracks.TryGetValue(new(track.Id), out var recorded))
        {
            _ = recorded.HandlePacket(packet, now);
            Settle(new(track.Id), recorded, now);
        }
    }

    /// <inheritdoc/>
    public void HandleSenderReport(RelayTrack track, in SenderInfo report, MonotonicTime now)
    {
        if (State.End is null && _tracks.TryGetValue(new(track.Id), out var recorded))
        {
            recorded.HandleReport(report, now);
            Settle(new(track.Id), recorded, now);
        }
    }

    /// <summary>Notes the time of what is handed in until the next call; a relay's messages do not bring it.</summary>
    public void HandleTime(MonotonicTime now) => _now = now;

    /// <inheritdoc/>
    public void HandleControl(RelayMessage message)
    {
        if (State.End is not null || _endedAt is not null)
        {
            return;
        }

        if (message is RelayHello hello)
        {
            HandleHello(hello);
        }
        else if (State.IsConnected)
        {
            Handle(message, _clock.WallAt(message.At, _now));
        }

        Revision++;
    }

    /// <summary>Lets time pass.</summary>
    public void Advance(MonotonicTime now)
    {
        if (State.End is not null)
        {
            return;
        }

        foreach (var (id, track) in _tracks)
        {
            if (track.NextTimeout <= now)
            {
                track.Advance(now);
                Settle(id, track, now);
            }
        }

        if (now >= _nextCheck)
        {
            _nextCheck = now + CheckInterval;
            CheckLimits(now);
        }
    }

    /// <summary>Takes the next track of which a key frame is needed.</summary>
    public bool TryTakeKeyFrameRequest(out TrackId track) => _keyFrameRequests.TryDequeue(out track);

    /// <summary>The recording ends here; packets from before that are waited for while <see cref="SessionState.IsWaiting"/>.</summary>
    public void Stop(MonotonicTime now)
    {
        _endedAt ??= WallAt(now);
        foreach (var track in _tracks.Values)
        {
            track.Freeze();
        }

        NoteWaiting();
    }

    /// <summary>Nothing more comes: writes what has been waited for and ends all files.</summary>
    public void Finish(MonotonicTime now)
    {
        foreach (var track in _tracks.Values)
        {
            track.End();
        }

        foreach (var file in _files)
        {
            _ = file.CompleteAsync();
        }

        _endedAt ??= WallAt(now);
        Revision++;
    }

    /// <summary>How far it is.</summary>
    public SessionProgress Describe(MonotonicTime now)
    {
        var written = _files.Sum(file => file.WrittenBytes);
        var stored = _files.Sum(file => file.Sink.StoredBytes);
        var duration = State.StartedAt is { } start ? WallAt(now) - start : TimeSpan.Zero;
        return new(duration, _tracksEver.Count, _formerBytes + stored, written - stored);
    }

    /// <summary>The timeline up to now, or up to the end; null when no relay has ever worked.</summary>
    public TimelineBuilder? Timeline(MonotonicTime now, out DateTimeOffset at)
    {
        at = _endedAt ?? WallAt(now);
        if (_timeline is null && _former is not null)
        {
            // Nothing came since the last recorder was lost.
            _timeline = new(_former, at, _take);
        }

        foreach (var file in _files)
        {
            _timeline!.HandleFileStored(file.Track, file.Name, file.Sink.StoredBytes, sha256: null);
        }

        return _timeline;
    }

    private void HandleHello(RelayHello hello)
    {
        var at = WallAt(_now);
        _timeline ??= _former is null ? new(_command.Recording, _command.Room, at, _take) : new(_former, at, _take);
        if (_cutOffAt is { } from)
        {
            _timeline.HandleOutage(from, at);
            _cutOffAt = null;
        }

        if (hello.Paused)
        {
            _timeline.HandlePaused(at);
        }

        State = State with { StartedAt = _timeline.StartedAt, IsConnected = true };
        CheckLimits(_now);
    }

    private void Handle(RelayMessage message, DateTimeOffset at)
    {
        switch (message)
        {
            case RelayParticipantJoined joined:
                _present[new(joined.Participant)] = joined.Identity;
                _timeline!.HandleJoined(new(joined.Participant), joined.Identity, joined.Name, at);
                break;
            case RelayParticipantLeft left:
                _ = _present.Remove(new(left.Participant));
                _timeline!.HandleLeft(new(left.Participant), at);
                break;
            case RelayTrackAdded { Track: var track }:
                HandleAdded(track, at);
                break;
            case RelayTrackRemoved removed:
                if (_tracks.Remove(new(removed.Track), out var over))
                {
                    over.End();
                }

                _timeline!.HandleUnpublished(new(removed.Track), at);
                break;
            case RelayTrackMuted { Muted: true } muted:
                _timeline!.HandleMuted(new(muted.Track), at);
                break;
            case RelayTrackMuted unmuted:
                _timeline!.HandleUnmuted(new(unmuted.Track), at);
                break;
            case RelaySpeakerChanged speaker:
                _timeline!.HandleSpeaker(speaker.Participant is { } who ? new ParticipantId(who) : null, at);
                break;
            case RelayPauseChanged { Paused: true }:
                _timeline!.HandlePaused(at);
                break;
            case RelayPauseChanged:
                _timeline!.HandleResumed(at);
                break;
            case RelayEnded { Reason: RelayEnd.RoomEnded }:
                End(RecordingEnd.RoomEnded);
                break;
            default:
                break;
        }
    }

    private void HandleAdded(RelayTrackDescription track, DateTimeOffset at)
    {
        var (id, participant) = (new TrackId(track.Id), new ParticipantId(track.Participant));
        var source = (TrackSource)track.Source;
        _timeline!.HandlePublished(id, participant, (MediaKind)track.Kind, source, track.Codec, at);
        if (track.Muted)
        {
            _timeline.HandleMuted(id, at);
        }

        var codec = Media.Codecs.CodecKinds.FromName(track.Codec);
        if (!RecordedTrack.CanRecord(codec))
        {
            return;
        }

        if (!_tracks.TryGetValue(id, out var recorded))
        {
            var identity = _present.GetValueOrDefault(participant, participant.Value);
            recorded = new(
                id,
                _timeline,
                _timeline.StartedAt,
                (format, number) => Open(FileNames.OfTrack(identity, source, id, _take, number), id, format)
            );
            _tracks[id] = recorded;
        }

        recorded.Begin(codec, track.ClockRate, _clock);
    }

    private TrackFile Open(string stem, TrackId track, TrackFormat format)
    {
        var name = stem + format.FileExtension;
        // A track that was removed and comes again has files already.
        for (var number = 2; _files.Any(file => string.Equals(file.Name, name, StringComparison.Ordinal)); number++)
        {
            name = $"{stem}-{number}{format.FileExtension}";
        }

        var file = new TrackFile(track, name, _openSink($"{_command.Folder}/{name}", format.ContentType));
        _files.Add(file);
        _ = _tracksEver.Add(track);
        return file;
    }

    private void Settle(TrackId id, RecordedTrack track, MonotonicTime now)
    {
        Revision++;
        if (_endedAt is not null)
        {
            NoteWaiting();
        }
        else if (track.TryTakeKeyFrameRequest(now))
        {
            _keyFrameRequests.Enqueue(id);
        }
    }

    private void NoteWaiting()
    {
        var isWaiting = _tracks.Values.Any(track => track.IsWaiting);
        if (isWaiting != State.IsWaiting)
        {
            State = State with { IsWaiting = isWaiting };
        }
    }

    private void CheckLimits(MonotonicTime now)
    {
        if (
            State.StartedAt is { } start
            && WallAt(now) - start >= TimeSpan.FromSeconds(_command.Plan.MaxDurationSeconds)
        )
        {
            End(RecordingEnd.MaxDuration);
        }
        else if (_formerBytes + _files.Sum(file => file.WrittenBytes) >= _command.Plan.MaxBytes)
        {
            End(RecordingEnd.MaxBytes);
        }
        else if (_files.Any(file => file.Sink.Fault is not null))
        {
            End(RecordingEnd.StorageFailed);
        }
    }

    private void End(RecordingEnd reason) => State = State with { End = reason };

    private DateTimeOffset WallAt(MonotonicTime now) => _wallOrigin + (now - MonotonicTime.Zero);
}
