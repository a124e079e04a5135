using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Sdp;

/// <summary>The RTP header extensions that the media workers have a use for; all others are dropped from the answer.</summary>
internal static class ServedExtensions
{
    /// <summary>Media identification (RFC 9143 section 15).</summary>
    public const string Mid = "urn:ietf:params:rtp-hdrext:sdes:mid";

    /// <summary>Restriction identifier (RFC 8852).</summary>
    public const string Rid = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";

    /// <summary>Restriction identifier of the repaired stream (RFC 8852).</summary>
    public const string RepairedRid = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";

    /// <summary>Transport-wide sequence number (draft-holmer-rmcat-transport-wide-cc-extensions-01).</summary>
    public const string TransportWide = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

    private const string AudioLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
    private const string AbsoluteSendTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
    private const string AbsoluteCaptureTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time";
    private const string VideoOrientation = "urn:3gpp:video-orientation";
    private const string PlayoutDelay = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";

    private static readonly HashSet<string> Audio = new(StringComparer.Ordinal)
    {
        Mid,
        AudioLevel,
        AbsoluteSendTime,
        TransportWide,
        AbsoluteCaptureTime,
    };

    private static readonly HashSet<string> Video = new(StringComparer.Ordinal)
    {
        Mid,
        Rid,
        RepairedRid,
        AbsoluteSendTime,
        TransportWide,
        AbsoluteCaptureTime,
        VideoOrientation,
        PlayoutDelay,
    };

    /// <summary>Tells whether an offered extension is kept on an m-line.</summary>
    /// <param name="kind">The m-line's kind.</param>
    /// <param name="offered">The extension.</param>
    /// <param name="accepted">Which way media will flow, as the client sees it.</param>
    public static bool Keeps(MediaKind kind, OfferedExtension offered, MediaDirection accepted)
    {
        var direction = offered.Direction ?? accepted;
        return (kind is MediaKind.Audio ? Audio : Video).Contains(offered.Uri)
            // Only a publisher's packets carry restriction ids; a slot is always one stream.
            && (accepted.Sends || offered.Uri is not (Rid or RepairedRid))
            && ((direction.Sends && accepted.Sends) || (direction.Receives && accepted.Receives));
    }
}
