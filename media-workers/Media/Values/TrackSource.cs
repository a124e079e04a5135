namespace EventMeet.Media.Values;

/// <summary>Where a track comes from.</summary>
public enum TrackSource
{
    /// <summary>Nobody said.</summary>
    Unknown,

    /// <summary>A camera.</summary>
    Camera,

    /// <summary>A microphone.</summary>
    Microphone,

    /// <summary>A shared screen's picture.</summary>
    ScreenShare,

    /// <summary>A shared screen's sound.</summary>
    ScreenShareAudio,
}
