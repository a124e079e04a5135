using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Sdp;

/// <summary>What an offer says, as far as this service listens.</summary>
/// <param name="Transport">The one transport that everything is bundled on.</param>
/// <param name="AllowMixedAtSession">One- and two-byte header extensions may be mixed, said for all m-lines.</param>
/// <param name="Media">The m-lines in their order.</param>
internal sealed record Offer(OfferedTransport Transport, bool AllowMixedAtSession, IReadOnlyList<OfferedMedia> Media);

/// <summary>The offerer's end of the BUNDLE transport.</summary>
/// <param name="Ufrag">ICE user name fragment (RFC 8839 section 5.4).</param>
/// <param name="Pwd">ICE password; a secret.</param>
/// <param name="Dtls">The certificate's fingerprint (RFC 8122).</param>
internal sealed record OfferedTransport(string Ufrag, string Pwd, DtlsSpec Dtls);

/// <summary>One offered m-line.</summary>
internal sealed class OfferedMedia
{
    /// <summary>Gets the lines it was read from.</summary>
    public required SdpMedia Section { get; init; }

    /// <summary>Gets the identification tag (RFC 9143); empty only when the m-line is rejected by the offerer.</summary>
    public required string Mid { get; init; }

    /// <summary>Gets the kind; null when it is neither audio nor video.</summary>
    public MediaKind? Kind { get; init; }

    /// <summary>Gets which way media flows, as the client sees it.</summary>
    public MediaDirection Direction { get; init; }

    /// <summary>Gets a value indicating whether RTP and RTCP share a port (RFC 5761).</summary>
    public bool RtcpMux { get; init; }

    /// <summary>Gets a value indicating whether RTCP may be reduced in size (RFC 5506).</summary>
    public bool ReducedSize { get; init; }

    /// <summary>Gets a value indicating whether header extensions may be mixed, said for this m-line.</summary>
    public bool AllowMixed { get; init; }

    /// <summary>Gets a value indicating whether slides are sent: a shared screen (RFC 4796).</summary>
    public bool Slides { get; init; }

    /// <summary>Gets the codecs by payload type in the order of preference.</summary>
    public IReadOnlyList<OfferedCodec> Codecs { get; init; } = [];

    /// <summary>Gets the header extensions in their order.</summary>
    public IReadOnlyList<OfferedExtension> Extensions { get; init; } = [];

    /// <summary>Gets the simulcast streams the client sends, in the order of <c>a=simulcast</c>; empty without simulcast.</summary>
    public IReadOnlyList<OfferedRid> Rids { get; init; } = [];

    /// <summary>Gets the SSRCs the client announced, retransmissions and repair left out.</summary>
    public IReadOnlyList<uint> Ssrcs { get; init; } = [];

    /// <summary>Gets the retransmission SSRC of each; 0 where none.</summary>
    public IReadOnlyList<uint> RtxSsrcs { get; init; } = [];

    /// <summary>Gets the SCTP port of an m-line for data channels; null when it has none.</summary>
    public int? SctpPort { get; init; }

    /// <summary>Gets the largest message the client takes, in bytes; 0 means any (RFC 8841 section 6).</summary>
    public int MaxMessageSize { get; init; } = DefaultMaxMessageSize;

    /// <summary>What is meant when nothing is said, in bytes (RFC 8841 section 6.1).</summary>
    public const int DefaultMaxMessageSize = 65536;
}

/// <summary>One offered payload type.</summary>
/// <param name="PayloadType">0 to 127.</param>
/// <param name="Name">The encoding name as the offer writes it.</param>
/// <param name="ClockRate">Hz.</param>
/// <param name="Channels">Audio channels; 1 when not written.</param>
/// <param name="Parameters">The format parameters; empty when there are none.</param>
/// <param name="Feedback">RTCP feedback for it, wildcards included (RFC 4585 section 4.2).</param>
/// <param name="Line">Where it is mapped, for refusals.</param>
internal sealed record OfferedCodec(
    int PayloadType,
    string Name,
    int ClockRate,
    int Channels,
    FormatParameters Parameters,
    IReadOnlySet<string> Feedback,
    int Line
);

/// <summary>One offered header extension (RFC 8285 section 5).</summary>
/// <param name="Id">1 to 255.</param>
/// <param name="Uri">Its name.</param>
/// <param name="Direction">Which way it flows, as the client sees it; null when it follows the m-line.</param>
internal sealed record OfferedExtension(int Id, string Uri, MediaDirection? Direction)
{
    /// <summary>Tells whether this is the extension with that name.</summary>
    public bool Is(string uri) => Uri.Equals(uri, StringComparison.Ordinal);
}

/// <summary>One simulcast stream that the client sends (RFC 8851).</summary>
/// <param name="Rid">Its restriction id.</param>
/// <param name="PayloadTypes">The payload types it is restricted to; empty means any.</param>
/// <param name="Restrictions">All other restrictions, as written.</param>
internal sealed record OfferedRid(string Rid, IReadOnlyList<int> PayloadTypes, string Restrictions);
