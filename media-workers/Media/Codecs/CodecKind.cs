namespace EventMeet.Media.Codecs;

/// <summary>The codecs whose packets are understood as far as forwarding needs.</summary>
public enum CodecKind
{
    /// <summary>One that is not understood; it is forwarded as it is.</summary>
    Unknown,

    /// <summary>Opus audio (RFC 7587).</summary>
    Opus,

    /// <summary>Redundant audio (RFC 2198).</summary>
    Red,

    /// <summary>G.711 audio, mu-law (RFC 3551 section 4.5.14).</summary>
    Pcmu,

    /// <summary>G.711 audio, A-law (RFC 3551 section 4.5.14).</summary>
    Pcma,

    /// <summary>VP8 video (RFC 7741).</summary>
    Vp8,

    /// <summary>VP9 video (RFC 9628).</summary>
    Vp9,

    /// <summary>H.264 video (RFC 6184).</summary>
    H264,

    /// <summary>AV1 video (AV1 RTP specification).</summary>
    Av1,
}

/// <summary>What is known of a codec by its kind.</summary>
public static class CodecKinds
{
    /// <summary>The kind that an encoding name of an <c>a=rtpmap</c> line stands for, upper or lower case.</summary>
    public static CodecKind FromName(string name) =>
        name.ToUpperInvariant() switch
        {
            "OPUS" => CodecKind.Opus,
            "RED" => CodecKind.Red,
            "PCMU" => CodecKind.Pcmu,
            "PCMA" => CodecKind.Pcma,
            "VP8" => CodecKind.Vp8,
            "VP9" => CodecKind.Vp9,
            "H264" => CodecKind.H264,
            "AV1" => CodecKind.Av1,
            _ => CodecKind.Unknown,
        };

    /// <summary>Is it video, with frames of several packets and key frames?</summary>
    public static bool IsVideo(this CodecKind kind) => kind >= CodecKind.Vp8;
}
