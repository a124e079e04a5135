using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Composition.Planning;

/// <summary>What is written into a film, and how large. Pure.</summary>
internal sealed class LabelPlan
{
    /// <summary>What the card says while nothing could be recorded.</summary>
    public const string OutageText = "The recording was interrupted";

    // Below, letters are blots.
    private const int SmallestFont = 9;

    private readonly Dictionary<ParticipantId, string> _names;
    private readonly CompositeSpec _spec;

    private LabelPlan(RecordingTimeline timeline, CompositeSpec spec)
    {
        _names = timeline.Participants.ToDictionary(person => person.Id, DisplayNames.Of);
        _spec = spec;
    }

    /// <summary>Gets all that must be drawn, each once.</summary>
    public IReadOnlyCollection<LabelKey> All { get; private init; } = [];

    /// <summary>Gets the card for an outage.</summary>
    public LabelKey OutageCard => Key(OutageText, new(0, 0, _spec.Width, _spec.Height), 20);

    /// <summary>Works it out.</summary>
    public static LabelPlan Make(RecordingTimeline timeline, CompositeSpec spec, IReadOnlyList<Scene> scenes)
    {
        var plan = new LabelPlan(timeline, spec);
        var all = new HashSet<LabelKey>();
        foreach (var cell in scenes.SelectMany(scene => scene.Cells))
        {
            // A cell is a tile until its first picture comes.
            all.UnionWith(new[] { plan.UnderPicture(cell), plan.OnTile(cell) }.OfType<LabelKey>());
        }

        if (scenes.Any(scene => scene.IsOutage))
        {
            all.Add(plan.OutageCard);
        }

        return new(timeline, spec) { All = all };
    }

    /// <summary>What stands in a picture's corner; null for nothing.</summary>
    public LabelKey? UnderPicture(SceneCell cell) => Named(cell, 18);

    /// <summary>What stands in the middle of a tile; null for nothing.</summary>
    public LabelKey? OnTile(SceneCell cell) => Named(cell, 9);

    private LabelKey? Named(SceneCell cell, int linesPerCell) =>
        _spec.ShowNames && cell.Place.Height >= SmallestFont * 3
            ? Key(_names.GetValueOrDefault(cell.Participant, "?"), cell.Place, linesPerCell)
            : null;

    private static LabelKey Key(string text, in PixelRect place, int linesPerPlace) =>
        new(text, Math.Clamp(place.Height / linesPerPlace, SmallestFont, 64), place.Width * 9 / 10 & ~1);
}

/// <summary>A line of text.</summary>
/// <param name="Text">Cleaned.</param>
/// <param name="FontSize">In pixels.</param>
/// <param name="MaxWidth">In pixels, even; what is longer ends with an ellipsis.</param>
internal readonly record struct LabelKey(string Text, int FontSize, int MaxWidth);
