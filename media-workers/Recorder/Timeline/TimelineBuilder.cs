using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Bitstreams;
using EventMeet.Recorder.Depacketization;

namespace EventMeet.Recorder.Timeline;

/// <summary>
/// Gathers what happens in a recording. Pure: every event brings its wall-clock time. Events may come twice or refer to what is
/// not known (they were under way when a recorder was replaced); such ones change nothing. Times before the start
/// count as the start.
/// </summary>
internal sealed class TimelineBuilder
{
    // Far above a room's cap, for people who come and go; what is beyond is recorded but not told.
    private const int MaxParticipants = 5_000;
    private const int MaxTracks = 10_000;
    private const int MaxSpeakers = 50_000;
    private const int MaxSpans = 10_000;

    private readonly RecordingTimeline _start;
    private readonly Dictionary<ParticipantId, (TimelineParticipant Facts, SpanList Present)> _participants = [];
    private readonly Dictionary<TrackId, TrackTimeline> _tracks = [];
    private readonly List<TimelineSpeaker> _speakers = [];
    private readonly SpanList _pauses = new(MaxSpans);
    private readonly List<TimelineSpan> _outages = [];
    private (ParticipantId Participant, long Since)? _speaker;

    /// <summary>Starts a recording.</summary>
    /// <param name="recording">The recording.</param>
    /// <param name="room">Its room.</param>
    /// <param name="startedAt">Its start on the wall clock.</param>
    /// <param name="take">Which recorder in a row this is, from 1.</param>
    public TimelineBuilder(RecordingId recording, RoomId room, DateTimeOffset startedAt, int take = 1) =>
        _start = new()
        {
            Recording = recording,
            Room = room,
            StartedAt = startedAt,
            Take = take,
            LengthMs = 0,
        };

    /// <summary>Goes on with a recording whose recorder was lost: everything that was open ended then, and an outage lasts until now.</summary>
    /// <param name="last">The last timeline that was stored.</param>
    /// <param name="now">Now.</param>
    /// <param name="take">Which recorder in a row goes on, from 1; later than those before in any case.</param>
    public TimelineBuilder(RecordingTimeline last, DateTimeOffset now, int take = 1)
    {
        _start = last with { EndedAt = null, EndReason = null, Take = Math.Max(take, last.Take + 1) };
        foreach (var participant in last.Participants.Take(MaxParticipants))
        {
            var present = new SpanList(MaxSpans);
            present.Restore(participant.Present);
            _participants[participant.Id] = (participant, present);
        }

        foreach (var track in last.Tracks.Take(MaxTracks))
        {
            _tracks[track.Id] = new(track, isOver: true);
        }

        _speakers.AddRange(last.Speakers);
        _pauses.Restore(last.Pauses);
        _outages.AddRange(last.Outages);
        if (Offset(now) > last.LengthMs)
        {
            _outages.Add(new(last.LengthMs, Offset(now)));
        }
    }

    /// <summary>Gets a value indicating whether the recording is paused.</summary>
    public bool IsPaused => _pauses.IsOpen;

    /// <summary>Gets the recording's start on the wall clock.</summary>
    public DateTimeOffset StartedAt => _start.StartedAt;

    /// <summary>Gets which recorder in a row this is.</summary>
    public int Take => _start.Take;

    /// <summary>Somebody is in the room.</summary>
    public void HandleJoined(ParticipantId participant, string identity, string? name, DateTimeOffset at)
    {
        if (!_participants.TryGetValue(participant, out var known))
        {
            if (_participants.Count == MaxParticipants)
            {
                return;
            }

            known = (
                new()
                {
                    Id = participant,
                    Identity = identity,
                    Name = name,
                },
                new(MaxSpans)
            );
            _participants[participant] = known;
        }

        known.Present.Begin(Offset(at));
    }

    /// <summary>Somebody is gone, and so are their tracks.</summary>
    public void HandleLeft(ParticipantId participant, DateTimeOffset at)
    {
        if (_participants.TryGetValue(participant, out var known))
        {
            known.Present.End(Offset(at));
        }

        foreach (var track in _tracks.Values.Where(track => track.Participant == participant))
        {
            track.HandleUnpublished(Offset(at));
        }

        if (_speaker?.Participant == participant)
        {
            HandleSpeaker(null, at);
        }
    }

    /// <summary>A track has begun.</summary>
    /// <param name="track">The track.</param>
    /// <param name="participant">Who publishes it.</param>
    /// <param name="kind">What it carries.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="codec">The codec's name.</param>
    /// <param name="at">When.</param>
    public void HandlePublished(
        TrackId track,
        ParticipantId participant,
        MediaKind kind,
        TrackSource source,
        string codec,
        DateTimeOffset at
    )
    {
        if (_tracks.Count < MaxTracks || _tracks.ContainsKey(track))
        {
            var since = _tracks.TryGetValue(track, out var known) ? known.Snapshot(0) : null;
            var from = since?.Published.FromMs ?? Offset(at);
            since ??= new()
            {
                Id = track,
                Participant = participant,
                Kind = kind,
                Source = source,
                Codec = codec,
                Published = new(from, from),
            };
            _tracks[track] = new(since, isOver: false);
        }
    }

    /// <summary>A track is over.</summary>
    public void HandleUnpublished(TrackId track, DateTimeOffset at) => Find(track)?.HandleUnpublished(Offset(at));

    /// <summary>A track is muted.</summary>
    public void HandleMuted(TrackId track, DateTimeOffset at) => Find(track)?.HandleMuted(Offset(at));

    /// <summary>A track is not muted any more.</summary>
    public void HandleUnmuted(TrackId track, DateTimeOffset at) => Find(track)?.HandleUnmuted(Offset(at));

    /// <summary>Somebody else speaks, or nobody.</summary>
    public void HandleSpeaker(ParticipantId? participant, DateTimeOffset at)
    {
        if (_speaker?.Participant == participant)
        {
            return;
        }

        var offset = Offset(at);
        if (_speaker is { } speaker && offset > speaker.Since && _speakers.Count < MaxSpeakers)
        {
            _speakers.Add(new(speaker.Participant, speaker.Since, offset));
        }

        _speaker = participant is { } next ? (next, Math.Max(offset, _speaker?.Since ?? 0)) : null;
    }

    /// <summary>The recording pauses.</summary>
    public void HandlePaused(DateTimeOffset at) => _pauses.Begin(Offset(at));

    /// <summary>The recording goes on.</summary>
    public void HandleResumed(DateTimeOffset at) => _pauses.End(Offset(at));

    /// <summary>Nothing could be recorded for a while; everybody's tracks are published anew behind it.</summary>
    public void HandleOutage(DateTimeOffset from, DateTimeOffset to)
    {
        if (to > from && _outages.Count < MaxSpans)
        {
            _outages.Add(new(Offset(from), Offset(to)));
        }
    }

    /// <summary>A file of a track begins; a timestamp of 0 in it is this instant.</summary>
    public void HandleFileStarted(TrackId track, string name, DateTimeOffset at) =>
        Find(track)?.HandleFileStarted(name, Offset(at));

    /// <summary>So much of a file is stored.</summary>
    /// <param name="track">The track.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="bytes">How much.</param>
    /// <param name="sha256">Of these bytes, once the file is complete.</param>
    public void HandleFileStored(TrackId track, string name, long bytes, string? sha256) =>
        Find(track)?.HandleFileStored(name, bytes, sha256);

    /// <summary>A frame was written.</summary>
    public void HandleFrame(TrackId track, DateTimeOffset at, bool isKeyFrame, PictureSize? size) =>
        Find(track)?.HandleFrame(Offset(at), isKeyFrame, size);

    /// <summary>Packets of a track were lost for good.</summary>
    public void HandleGap(TrackId track, in TrackGap gap) =>
        Find(track)?.HandleGap(Offset(gap.From), Offset(gap.To), gap.LostPackets);

    /// <summary>A file that is complete turned out to be longer or shorter than was known while it grew.</summary>
    /// <param name="track">The track.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="length">How long it plays.</param>
    public void HandleFileLength(TrackId track, string name, TimeSpan length) =>
        Find(track)?.HandleFileLength(name, length);

    /// <summary>The timeline up to now.</summary>
    public RecordingTimeline Snapshot(DateTimeOffset now)
    {
        var ms = Offset(now);
        var speakers =
            _speaker is { } speaker && ms > speaker.Since
                ? (IReadOnlyList<TimelineSpeaker>)[.. _speakers, new(speaker.Participant, speaker.Since, ms)]
                : [.. _speakers];
        return _start with
        {
            LengthMs = ms,
            Participants =
            [
                .. _participants.Values.Select(known => known.Facts with { Present = known.Present.Until(ms) }),
            ],
            Tracks = [.. _tracks.Values.Select(track => track.Snapshot(ms))],
            Speakers = speakers,
            Pauses = _pauses.Until(ms),
            Outages = [.. _outages],
        };
    }

    /// <summary>The timeline of a recording that is over.</summary>
    /// <param name="endedAt">When it ended.</param>
    /// <param name="reason">Why.</param>
    public RecordingTimeline Complete(DateTimeOffset endedAt, RecordingEnd? reason = null) =>
        Snapshot(endedAt) with
        {
            EndedAt = endedAt,
            EndReason = reason,
        };

    private TrackTimeline? Find(TrackId track) => _tracks.GetValueOrDefault(track);

    private long Offset(DateTimeOffset at) => Math.Max(0, (long)Math.Round((at - _start.StartedAt).TotalMilliseconds));
}
