using EventMeet.Media.Rtp;

namespace EventMeet.Media.Relays;

/// <summary>The header extensions of every relayed packet, by ids that are the same for all relays.</summary>
public static class RelayExtensions
{
    /// <summary>Gets id and URI of each.</summary>
    public static IReadOnlyList<(int Id, string Uri)> Uris { get; } =
    [
        (1, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"),
        (2, "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"),
        (3, "urn:3gpp:video-orientation"),
        (4, "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"),
        (5, "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"),
        (6, "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"),
        (7, "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00"),
    ];

    /// <summary>Gets the same as a map.</summary>
    public static HeaderExtensionMap Map { get; } = HeaderExtensionMap.FromUris(Uris);
}
