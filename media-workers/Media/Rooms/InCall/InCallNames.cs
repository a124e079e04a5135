using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms.InCall;

/// <summary>How the in-call channel spells what the engine names.</summary>
internal static class InCallNames
{
    public static string Of(MediaKind kind) => kind is MediaKind.Audio ? "audio" : "video";

    public static string Of(TrackSource source) =>
        source switch
        {
            TrackSource.Camera => "camera",
            TrackSource.Microphone => "microphone",
            TrackSource.ScreenShare => "screen_share",
            TrackSource.ScreenShareAudio => "screen_share_audio",
            _ => "unknown",
        };

    /// <summary>Reads a source; null when it is none of ours.</summary>
    public static TrackSource? SourceOf(string? text) =>
        text switch
        {
            "camera" => TrackSource.Camera,
            "microphone" => TrackSource.Microphone,
            "screen_share" => TrackSource.ScreenShare,
            "screen_share_audio" => TrackSource.ScreenShareAudio,
            "unknown" => TrackSource.Unknown,
            _ => null,
        };

    /// <summary>What the others read when somebody leaves.</summary>
    public static string ToOthers(LeaveReason reason) =>
        reason switch
        {
            LeaveReason.Removed => "removed",
            LeaveReason.RoomEnded => "ended",
            LeaveReason.Replaced => "replaced",
            LeaveReason.ConnectionLost or LeaveReason.NeverConnected => "lost",
            LeaveReason.WorkerStopping => "moved",
            _ => "left",
        };

    /// <summary>What they themselves read; null when they need not be told.</summary>
    public static string? ToSelf(LeaveReason reason) =>
        reason switch
        {
            LeaveReason.Removed => "removed",
            LeaveReason.RoomEnded => "roomEnded",
            LeaveReason.Replaced => "replaced",
            _ => null,
        };
}
