using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Testing.Peers;

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
