using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Composition.Planning;

/// <summary>
/// Cuts a film into scenes: a new one whenever somebody comes or goes, a camera is switched on or off, a screen is shared or another
/// speaks. Who publishes nothing, say the audience of a webinar, is not seen.
/// </summary>
internal sealed class ScenePlanner
{
    // A speaker is shown for at least as long; shorter changes make a viewer restless.
    private const long ShortestTurnMs = 1_500;

    // A picture is seen until the next; this long after the last one it is missed.
    private const long PictureTailMs = 1_000;

    private readonly RecordingTimeline _timeline;
    private readonly CompositeSpec _spec;
    private readonly FilmClock _clock;
    private readonly SpeakerTurns _speakers;
    private readonly Dictionary<ParticipantId, IReadOnlyList<TimelineSpan>> _present;
    private readonly int _stripCapacity;

    private ScenePlanner(RecordingTimeline timeline, CompositeSpec spec, FilmClock clock)
    {
        _timeline = timeline;
        _spec = spec;
        _clock = clock;
        _speakers = new(timeline.Speakers, timeline.LengthMs, ShortestTurnMs);
        _present = timeline.Participants.ToDictionary(
            participant => participant.Id,
            participant => participant.Present
        );
        _stripCapacity = SceneGeometry.StripCapacity(spec.Width, spec.Height);
    }

    /// <summary>Cuts it; the scenes follow each other without a frame between them and fill the film.</summary>
    public static IReadOnlyList<Scene> Plan(RecordingTimeline timeline, CompositeSpec spec, FilmClock clock) =>
        new ScenePlanner(timeline, spec, clock).Plan();

    private List<Scene> Plan()
    {
        var scenes = new List<Scene>();
        var tracks = _timeline.Tracks.OrderBy(track => track.Published.FromMs).ToList();
        var live = new List<TimelineTrack>();
        var nextTrack = 0;
        var changes = Changes();
        for (var change = 0; change + 1 < changes.Count; change++)
        {
            var at = changes[change];
            while (nextTrack < tracks.Count && tracks[nextTrack].Published.FromMs <= at)
            {
                live.Add(tracks[nextTrack++]);
            }

            live.RemoveAll(track => track.Published.ToMs <= at);
            var from = (int)_clock.FrameAt(_clock.ToFilm(at));
            var to = (int)_clock.FrameAt(_clock.ToFilm(changes[change + 1]));
            if (to > from)
            {
                Append(scenes, SceneAt(at, live, from, to));
            }
        }

        return scenes;
    }

    private static void Append(List<Scene> scenes, Scene scene)
    {
        if (scenes.Count > 0 && scenes[^1].LooksLike(scene))
        {
            scenes[^1] = scenes[^1] with { ToFrame = scene.ToFrame };
            return;
        }

        scenes.Add(scene);
    }

    private List<long> Changes()
    {
        var changes = new SortedSet<long> { 0, _timeline.LengthMs };
        Add(_timeline.Pauses);
        Add(_timeline.Outages);
        foreach (var present in _present.Values)
        {
            Add(present);
        }

        foreach (var track in _timeline.Tracks)
        {
            Add([track.Published]);
            if (track.Kind == MediaKind.Video)
            {
                Add(track.Muted);
                Add(track.Segments, PictureTailMs);
            }
        }

        if (_spec.Layout != CompositeLayout.Grid)
        {
            changes.UnionWith(_speakers.Turns.Select(turn => turn.FromMs));
        }

        return [.. changes.Where(ms => ms >= 0 && ms <= _timeline.LengthMs)];

        void Add(IReadOnlyList<TimelineSpan> spans, long tail = 0)
        {
            changes.UnionWith(spans.Select(span => span.FromMs));
            changes.UnionWith(spans.Select(span => span.ToMs + tail));
        }
    }

    private Scene SceneAt(long ms, List<TimelineTrack> live, int from, int to)
    {
        if (SpanSearch.Contains(_timeline.Outages, ms))
        {
            return new(from, to, [], IsOutage: true);
        }

        var tracks = live.Where(track => IsPresent(track.Participant, ms)).ToList();
        // The one that was shared last first.
        var screens = tracks.Where(track => track.Source == TrackSource.ScreenShare && HasPicture(track, ms)).Reverse();
        var people = tracks.GroupBy(track => track.Participant).Select(own => Person(own.Key, own, ms));
        var cells = Choose([.. screens.Select(track => Cell(track.Participant, track, ms))], [.. people], ms);
        var hasMain =
            _spec.Layout == CompositeLayout.Speaker
            || (_spec.Layout == CompositeLayout.ScreenShare && cells.Exists(cell => cell.IsScreen));
        var places = SceneGeometry.Arrange(_spec.Layout, hasMain, _spec.Width, _spec.Height, cells.Count);
        return new(from, to, [.. cells.Select((cell, position) => cell with { Place = places[position] })], false);
    }

    private List<SceneCell> Choose(List<SceneCell> screens, List<SceneCell> people, long ms)
    {
        var latest = _speakers.LatestFirst(ms).ToList();
        switch (_spec.Layout)
        {
            case CompositeLayout.Speaker when screens.Count + people.Count > 0:
                var main = screens.Count > 0 ? screens[0] : MainSpeaker(people, latest);
                return [main, .. Best([.. screens, .. people], main, latest, _stripCapacity)];
            case CompositeLayout.ScreenShare when screens.Count > 0:
                return [screens[0], .. Best([.. screens, .. people], screens[0], latest, _stripCapacity)];
            default:
                return [.. Best([.. screens, .. people], null, latest, SceneGeometry.MaxCells)];
        }
    }

    private static SceneCell MainSpeaker(List<SceneCell> people, List<ParticipantId> latest) =>
        latest
            .Select(speaker => people.Find(person => person.Participant == speaker))
            .FirstOrDefault(person => person is not null)
        ?? people.Find(person => person.Picture is not null)
        ?? people[0];

    // Those with the best claim, but in the order in which they came: nobody changes places because another speaks.
    private static IEnumerable<SceneCell> Best(
        List<SceneCell> cells,
        SceneCell? main,
        List<ParticipantId> latest,
        int capacity
    )
    {
        var others = cells.Where(cell => cell != main).ToList();
        if (others.Count <= capacity)
        {
            return others;
        }

        var chosen = others
            .OrderByDescending(cell => cell.IsScreen)
            .ThenBy(cell => latest.IndexOf(cell.Participant) is >= 0 and var rank ? rank : int.MaxValue)
            .ThenByDescending(cell => cell.Picture is not null)
            .Take(capacity)
            .ToHashSet();
        return others.Where(chosen.Contains);
    }

    private static SceneCell Person(ParticipantId participant, IEnumerable<TimelineTrack> own, long ms)
    {
        var camera = own.LastOrDefault(track =>
            track.Kind == MediaKind.Video && track.Source != TrackSource.ScreenShare && HasPicture(track, ms)
        );
        return Cell(participant, camera, ms);
    }

    // Without a place until the others are known.
    private static SceneCell Cell(ParticipantId participant, TimelineTrack? track, long ms) =>
        new(
            default,
            participant,
            track,
            track is null ? 0 : LastUnmuted(track, ms),
            track?.Source == TrackSource.ScreenShare
        );

    private bool IsPresent(ParticipantId participant, long ms) =>
        !_present.TryGetValue(participant, out var present) || present.Count == 0 || SpanSearch.Contains(present, ms);

    private static bool HasPicture(TimelineTrack track, long ms) =>
        track.Files.Count > 0
        && !SpanSearch.Contains(track.Muted, ms)
        && SpanSearch.Contains(track.Segments, ms, PictureTailMs);

    private static long LastUnmuted(TimelineTrack track, long ms)
    {
        var position = SpanSearch.LastBegun(track.Muted, ms);
        return position < 0 ? 0 : track.Muted[position].ToMs;
    }
}
