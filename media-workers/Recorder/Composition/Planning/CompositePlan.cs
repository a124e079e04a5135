using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Composition.Drawing;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Composition.Planning;

/// <summary>All that a film will be, worked out before anything is decoded. Pure.</summary>
internal sealed class CompositePlan
{
    private CompositePlan(RecordingTimeline timeline, CompositeSpec spec)
    {
        Spec = spec;
        Clock = new(timeline.LengthMs, timeline.Pauses, spec.FramesPerSecond);
        Scenes = spec.Format == CompositeFormat.M4a ? [] : ScenePlanner.Plan(timeline, spec, Clock);
        Chapters = Chapter.Plan(timeline, Clock);
        Labels = LabelPlan.Make(timeline, spec, Scenes);
        SoundTracks =
        [
            .. timeline.Tracks.Where(track => track.Kind == MediaKind.Audio).OrderBy(track => track.Published.FromMs),
        ];
        Pictures = PlanPictures();
    }

    /// <summary>Gets what was ordered.</summary>
    public CompositeSpec Spec { get; }

    /// <summary>Gets the film's time.</summary>
    public FilmClock Clock { get; }

    /// <summary>Gets who is seen where and when; empty for sound alone.</summary>
    public IReadOnlyList<Scene> Scenes { get; }

    /// <summary>Gets who leads when.</summary>
    public IReadOnlyList<Chapter> Chapters { get; }

    /// <summary>Gets what is written where.</summary>
    public LabelPlan Labels { get; }

    /// <summary>Gets what is heard.</summary>
    public IReadOnlyList<TimelineTrack> SoundTracks { get; }

    /// <summary>Gets the tracks that are seen, in the order in which they begin.</summary>
    public IReadOnlyList<PlannedPictures> Pictures { get; }

    /// <summary>Gets the frame that stands for the film: the middle of the longest of its fullest scenes.</summary>
    public int PosterFrame =>
        Scenes
            .OrderByDescending(scene => scene.Cells.Count(cell => cell.Picture is not null))
            .ThenByDescending(scene => scene.ToFrame - scene.FromFrame)
            .Select(scene => (scene.FromFrame + scene.ToFrame) / 2)
            .FirstOrDefault();

    /// <summary>Works it out.</summary>
    public static CompositePlan Make(RecordingTimeline timeline, CompositeSpec spec) => new(timeline, spec);

    private List<PlannedPictures> PlanPictures()
    {
        var pictures = new Dictionary<TrackId, PlannedPictures>();
        foreach (var scene in Scenes)
        {
            // A frame shows the picture that is nearest to it.
            var from = Clock.TimelineMsOf(scene.FromFrame) - Clock.FrameMs / 2;
            var to = Clock.TimelineMsOf(scene.ToFrame - 1) + Clock.FrameMs / 2;
            foreach (var cell in scene.Cells)
            {
                if (cell.Picture is not { } track)
                {
                    continue;
                }

                if (!pictures.TryGetValue(track.Id, out var planned))
                {
                    planned = new(track, []);
                    pictures.Add(track.Id, planned);
                }

                planned.Add(new(from, to, cell.Place.Width, cell.Place.Height), scene.ToFrame);
            }
        }

        return [.. pictures.Values.OrderBy(planned => planned.Track.Published.FromMs)];
    }
}

/// <summary>A track that is seen.</summary>
/// <param name="Track">Which.</param>
/// <param name="Sizes">How large, and when; in order.</param>
internal sealed record PlannedPictures(TimelineTrack Track, List<PictureSizeSpan> Sizes)
{
    /// <summary>Gets the frame from which on it is not seen any more.</summary>
    public int ToFrame { get; private set; }

    /// <summary>Is seen for another while.</summary>
    public void Add(PictureSizeSpan size, int toFrame)
    {
        ToFrame = toFrame;
        if (
            Sizes.Count > 0
            && (Sizes[^1].Width, Sizes[^1].Height) == (size.Width, size.Height)
            && size.FromMs <= Sizes[^1].ToMs + 1
        )
        {
            Sizes[^1] = Sizes[^1] with { ToMs = size.ToMs };
            return;
        }

        Sizes.Add(size);
    }
}
