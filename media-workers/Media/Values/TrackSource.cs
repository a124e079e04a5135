using System.Text.Json.Serialization;

namespace EventMeet.Media.Values;

/// <summary>Where a track comes from.</summary>
public enum TrackSource
{
    /// <summary>Nobody said.</summary>
    [JsonStringEnumMemberName("unknown")]
    Unknown,

    /// <summary>A camera.</summary>
    [JsonStringEnumMemberName("camera")]
    Camera,

    /// <summary>A microphone.</summary>
    [JsonStringEnumMemberName("microphone")]
    Microphone,

    /// <summary>A shared screen's picture.</summary>
    [JsonStringEnumMemberName("screen_share")]
    ScreenShare,

    /// <summary>A shared screen's sound.</summary>
    [JsonStringEnumMemberName("screen_share_audio")]
    ScreenShareAudio,
}
