using System.Globalization;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Composition.Running;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Composition;

/// <summary>What is worth knowing of a film that was made none the less. Any thread.</summary>
internal sealed class CompositeNotes
{
    private const int Kept = 100;

    // Frames of a screen that nobody touches are a second apart, and more; sound that is silence is sent every 0.4 s.
    private const long ShortPictureMs = 2_000;
    private const long ShortSoundMs = 1_000;

    private readonly List<string> _notes = [];
    private int _left;

    /// <summary>Gets all, 100 at most and then how many there were beside them.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (_notes)
            {
                return _left == 0
                    ? [.. _notes]
                    : [.. _notes, string.Create(CultureInfo.InvariantCulture, $"And {_left} more.")];
            }
        }
    }

    /// <summary>A track's file was decoded to where it ends: is that where the timeline says?</summary>
    /// <param name="track">The track.</param>
    /// <param name="file">One of its files.</param>
    /// <param name="reachedMs">Where its last frame is, in milliseconds on the timeline.</param>
    /// <param name="complaints">What the decoder complained of.</param>
    public void HandleFileEnd(TimelineTrack track, TimelineFile file, long reachedMs, ToolComplaints complaints)
    {
        var expectedMs = track
            .Segments.Where(segment => segment.FromMs < file.ToMs && segment.ToMs > file.FromMs)
            .Select(segment => Math.Min(segment.ToMs, file.ToMs))
            .DefaultIfEmpty(file.FromMs)
            .Max();
        var isShort = reachedMs + (track.Kind == MediaKind.Audio ? ShortSoundMs : ShortPictureMs) < expectedMs;
        if (!isShort && complaints.Count == 0)
        {
            return;
        }

        var end = isShort ? $"ends at {reachedMs} ms instead of {expectedMs} ms" : "is damaged";
        var said = complaints.Count > 0 ? $"; {complaints.Count} complaints: {complaints}" : "";
        Add(string.Create(CultureInfo.InvariantCulture, $"{file.Name} of track {track.Id} {end}{said}"));
    }

    private void Add(string note)
    {
        lock (_notes)
        {
            if (_notes.Count < Kept)
            {
                _notes.Add(note);
            }
            else
            {
                _left++;
            }
        }
    }
}
