using EventMeet.Media.Rtp;

namespace EventMeet.Media.Tests.Rtp;

/// <summary>What browsers negotiate.</summary>
internal static class Maps
{
    public const string AudioLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
    public const string AbsSendTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
    public const string TransportCc = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
    public const string Mid = "urn:ietf:params:rtp-hdrext:sdes:mid";
    public const string Rid = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
    public const string Orientation = "urn:3gpp:video-orientation";
    public const string PlayoutDelay = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";

    public static readonly HeaderExtensionMap Publisher = HeaderExtensionMap.FromUris([
        (1, AudioLevel),
        (2, AbsSendTime),
        (3, TransportCc),
        (4, Mid),
        (10, Rid),
        (13, Orientation),
        (6, PlayoutDelay),
        (7, "urn:example:unknown"),
    ]);

    public static readonly HeaderExtensionMap Subscriber = HeaderExtensionMap.FromUris([
        (5, TransportCc),
        (6, AbsSendTime),
        (9, Mid),
        (12, Orientation),
        (14, AudioLevel),
    ]);
}
