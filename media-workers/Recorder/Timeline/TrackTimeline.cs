using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Bitstreams;

namespace EventMeet.Recorder.Timeline;

/// <summary>Gathers what happens to one track. Called by <see cref="TimelineBuilder"/>, which knows the time.</summary>
internal sealed class TrackTimeline
{
    /// <summary>In milliseconds. The ear and the eye do not notice less; it is in the count.</summary>
    public const long ShortestGap = 60;

    // A day of key frames every two seconds, of mutes every ten; more would make the file unwieldy and is left out.
    private const int MaxKeyFrames = 43_200;
    private const int MaxSpans = 10_000;

    // A camera sends more often, and so does a screen that is shared: what is silent for longer was switched off.
    private const long LongestStandstill = 5_000; // milliseconds
    private const long LongestSilence = 1_000; // milliseconds; Opus says at least every 400 ms that there is nothing to say

    private readonly TimelineTrack _facts;
    private readonly SpanList _muted = new(MaxSpans);
    private readonly List<TimelineSpan> _segments;
    private readonly List<TimelineGap> _gaps;
    private readonly List<long> _keyFrames;
    private readonly List<TimelinePictureSize> _sizes;
    private readonly List<TimelineFile> _files;
    private long _lostPackets;
    private long? _unpublishedAt;

    /// <summary>Starts a track, or goes on with one.</summary>
    /// <param name="facts">What never changes, and what was gathered before.</param>
    /// <param name="isOver">Has it ended before?</param>
    public TrackTimeline(TimelineTrack facts, bool isOver)
    {
        _facts = facts;
        _segments = [.. facts.Segments];
        _gaps = [.. facts.Gaps];
        _keyFrames = [.. facts.KeyFramesMs];
        _sizes = [.. facts.Sizes];
        _files = [.. facts.Files];
        _muted.Restore(facts.Muted);
        _lostPackets = facts.LostPackets;
        _unpublishedAt = isOver ? facts.Published.ToMs : null;
    }

    /// <summary>Gets who published it.</summary>
    public ParticipantId Participant => _facts.Participant;

    public void HandleUnpublished(long ms) => _unpublishedAt ??= Math.Max(ms, _facts.Published.FromMs);

    public void HandleMuted(long ms) => _muted.Begin(ms);

    public void HandleUnmuted(long ms) => _muted.End(ms);

    public void HandleFileStarted(string name, long ms) =>
        _files.Add(
            new()
            {
                Name = name,
                FromMs = ms,
                ToMs = ms,
            }
        );

    public void HandleFileStored(string name, long bytes, string? sha256)
    {
        var position = _files.FindLastIndex(file => string.Equals(file.Name, name, StringComparison.Ordinal));
        if (position >= 0)
        {
            _files[position] = _files[position] with { Bytes = bytes, Sha256 = sha256 };
        }
    }

    public void HandleFileLength(string name, TimeSpan length)
    {
        var position = _files.FindLastIndex(file => string.Equals(file.Name, name, StringComparison.Ordinal));
        if (position >= 0)
        {
            _files[position] = _files[position] with
            {
                ToMs = _files[position].FromMs + (long)length.TotalMilliseconds,
            };
        }
    }

    public void HandleFrame(long ms, bool isKeyFrame, PictureSize? size)
    {
        if (_files.Count > 0)
        {
            _files[^1] = _files[^1] with { ToMs = Math.Max(ms, _files[^1].ToMs) };
        }

        var isVideo = _facts.Kind == MediaKind.Video;
        if (_segments.Count > 0 && ms - _segments[^1].ToMs <= (isVideo ? LongestStandstill : LongestSilence))
        {
            _segments[^1] = _segments[^1] with { ToMs = Math.Max(ms, _segments[^1].ToMs) };
        }
        else if (_segments.Count < MaxSpans)
        {
            _segments.Add(new(ms, ms));
        }

        if (isVideo && isKeyFrame && _keyFrames.Count < MaxKeyFrames)
        {
            _keyFrames.Add(ms);
        }

        if (
            size is { } seen
            && _sizes.Count < MaxSpans
            && (_sizes.Count == 0 || (_sizes[^1].Width, _sizes[^1].Height) != (seen.Width, seen.Height))
        )
        {
            _sizes.Add(new(ms, seen.Width, seen.Height));
        }
    }

    public void HandleGap(long from, long to, int lostPackets)
    {
        _lostPackets += lostPackets;
        if (to - from >= ShortestGap && _gaps.Count < MaxSpans)
        {
            _gaps.Add(new(from, to, lostPackets));
        }
    }

    /// <summary>What is known up to now.</summary>
    public TimelineTrack Snapshot(long ms) =>
        _facts with
        {
            Published = new(_facts.Published.FromMs, Math.Max(_unpublishedAt ?? ms, _facts.Published.FromMs)),
            Files = [.. _files],
            Segments = [.. _segments],
            Muted = _muted.Until(ms),
            Gaps = [.. _gaps],
            LostPackets = _lostPackets,
            KeyFramesMs = [.. _keyFrames],
            Sizes = [.. _sizes],
        };
}
