using EventMeet.Contracts;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Composition.Planning;

/// <summary>A stretch of the film in which the same are seen in the same places.</summary>
/// <param name="FromFrame">Its first frame.</param>
/// <param name="ToFrame">The first frame behind it.</param>
/// <param name="Cells">Who is seen where.</param>
/// <param name="IsOutage">Could nothing be recorded? Then a card says so, and there are no cells.</param>
internal sealed record Scene(int FromFrame, int ToFrame, IReadOnlyList<SceneCell> Cells, bool IsOutage)
{
    /// <summary>Shows the other the same picture?</summary>
    public bool LooksLike(Scene other) => IsOutage == other.IsOutage && Cells.SequenceEqual(other.Cells);
}

/// <summary>Somebody's place in a scene.</summary>
/// <param name="Place">Where.</param>
/// <param name="Participant">Who.</param>
/// <param name="Picture">What is seen of them; null for a tile with their name.</param>
/// <param name="PicturesFromMs">Older pictures of the track are not shown; a place on the timeline.</param>
/// <param name="IsScreen">Is it a screen that they share?</param>
internal sealed record SceneCell(
    PixelRect Place,
    ParticipantId Participant,
    TimelineTrack? Picture,
    long PicturesFromMs,
    bool IsScreen
)
{
    /// <inheritdoc/>
    public bool Equals(SceneCell? other) =>
        other is not null
        && Place == other.Place
        && Participant == other.Participant
        && Picture?.Id == other.Picture?.Id
        && PicturesFromMs == other.PicturesFromMs
        && IsScreen == other.IsScreen;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Place, Participant, Picture?.Id, PicturesFromMs, IsScreen);
}
