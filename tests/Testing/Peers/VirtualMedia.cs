using EventMeet.Media.Dtls;
using EventMeet.Media.Ice;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Testing.Peers;

/// <summary>What both ends have agreed on for one synthetic participant: what an offer and its answer say together.</summary>
/// <param name="Local">The participant's ICE credentials.</param>
/// <param name="Remote">The server's.</param>
/// <param name="Server">The candidate to use.</param>
/// <param name="Fingerprint">What the server's certificate must be.</param>
/// <param name="Media">The audio and video m-lines.</param>
internal sealed record VirtualSession(
    IceCredentials Local,
    IceCredentials Remote,
    TransportAddress Server,
    DtlsFingerprint Fingerprint,
    IReadOnlyList<VirtualMedia> Media
);

/// <summary>One m-line as agreed on.</summary>
internal sealed record VirtualMedia
{
    public required string Mid { get; init; }

    public required MediaKind Kind { get; init; }

    public TrackSource Source { get; init; }

    public required byte PayloadType { get; init; }

    /// <summary>Gets the payload type of retransmissions; null without RTX.</summary>
    public byte? RtxPayloadType { get; init; }

    public required IReadOnlyList<(int Id, string Uri)> Extensions { get; init; }

    /// <summary>Gets what is sent; empty for an m-line that only receives.</summary>
    public IReadOnlyList<VirtualEncoding> Encodings { get; init; } = [];

    /// <summary>Gets the track's id; null when nothing is sent.</summary>
    public string? Track { get; init; }

    /// <summary>Gets the SSRC of what is received; 0 for an m-line that only sends.</summary>
    public uint SlotSsrc { get; init; }

    /// <summary>Gets the SSRC of retransmissions of what is received; 0 without RTX.</summary>
    public uint SlotRtxSsrc { get; init; }

    public HeaderExtensionMap ExtensionMap => HeaderExtensionMap.FromUris(Extensions);
}

/// <summary>One stream that is sent.</summary>
/// <param name="Ssrc">Its SSRC.</param>
/// <param name="RtxSsrc">That of its retransmissions.</param>
/// <param name="Rid">Its name among the encodings; null without simulcast.</param>
/// <param name="Height">Of the picture; meaningless for audio.</param>
/// <param name="BitsPerSecond">Of the picture; meaningless for audio.</param>
internal sealed record VirtualEncoding(uint Ssrc, uint RtxSsrc, string? Rid, ushort Height, int BitsPerSecond);
