using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms;

/// <summary>
/// A room's tracks of one kind, most wanted first. Pictures: shared screens, then whoever had the floor last, then by
/// time of joining. Sound: whoever speaks, then whoever spoke last. Muted tracks are not wanted.
/// </summary>
internal sealed class TrackRanking
{
    private readonly List<Track> _tracks = [];

    /// <summary>Gets the tracks, most wanted first.</summary>
    public IReadOnlyList<Track> Tracks => _tracks;

    /// <summary>Ranks anew.</summary>
    /// <param name="tracks">All tracks of the room, in the order in which they were published.</param>
    /// <param name="kind">Which of them count.</param>
    public void Rank(List<Track> tracks, MediaKind kind)
    {
        _tracks.Clear();
        foreach (var track in tracks)
        {
            if (track.Kind == kind && !track.IsMuted)
            {
                _tracks.Add(track);
            }
        }

        // LINQ's order is stable, so that equals stay in the order of publishing.
        var ranked =
            kind is MediaKind.Audio
                ? _tracks
                    .OrderByDescending(track => track.Source is TrackSource.ScreenShareAudio)
                    .ThenByDescending(track => track.Voice!.IsSpeaking)
                    .ThenByDescending(track => track.Voice!.LastSpoke)
                : _tracks
                    .OrderByDescending(track => track.Source is TrackSource.ScreenShare)
                    .ThenByDescending(track => track.Publisher.LastDominant);
        var copy = ranked.ToArray();
        _tracks.Clear();
        _tracks.AddRange(copy);
    }
}
