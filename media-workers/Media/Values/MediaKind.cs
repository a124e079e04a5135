using System.Text.Json.Serialization;

namespace EventMeet.Media.Values;

/// <summary>What a track or slot carries.</summary>
public enum MediaKind
{
    /// <summary>Sound.</summary>
    [JsonStringEnumMemberName("audio")]
    Audio,

    /// <summary>Pictures.</summary>
    [JsonStringEnumMemberName("video")]
    Video,
}
