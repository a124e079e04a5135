namespace EventMeet.Media.Values;

/// <summary>What a track or slot carries.</summary>
public enum MediaKind
{
    /// <summary>Sound.</summary>
    Audio,

    /// <summary>Pictures.</summary>
    Video,
}
