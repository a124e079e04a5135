using System.Text.Json.Serialization;

namespace EventMeet.Contracts.Messages;

/// <summary>What a track or slot carries.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MediaKind>))]
public enum MediaKind
{
    /// <summary>Sound.</summary>
    [JsonStringEnumMemberName("audio")]
    Audio,

    /// <summary>Pictures.</summary>
    [JsonStringEnumMemberName("video")]
    Video,
}

/// <summary>Where a track comes from; the names are those of the in-call channel and of token grants.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TrackSource>))]
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
