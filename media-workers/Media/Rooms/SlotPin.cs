using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms;

/// <summary>What a page asked a slot to carry.</summary>
/// <param name="Participant">Whose track.</param>
/// <param name="Source">Which of theirs; null for a camera or microphone.</param>
internal sealed record SlotPin(string Participant, TrackSource? Source)
{
    /// <summary>Is this the track that was asked for?</summary>
    public bool Matches(Track track) =>
        string.Equals(track.Publisher.Participant.Id, Participant, StringComparison.Ordinal)
        && (
            Source is { } source
                ? track.Source == source
                : track.Source is TrackSource.Camera or TrackSource.Microphone or TrackSource.Unknown
        );
}
