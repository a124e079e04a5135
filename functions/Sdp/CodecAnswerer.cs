using System.Globalization;
using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Sdp;

/// <summary>Picks what is served of an m-line's codecs, with retransmission and feedback.</summary>
internal static class CodecAnswerer
{
    // More variants of one codec than this are of no use to anyone.
    private const int MaxCodecs = 16;
    private const string TransportWide = "transport-cc";

    /// <summary>Picks the codecs of one m-line, in the client's order of preference.</summary>
    /// <param name="offered">The m-line.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="hasTransportWide">The transport-wide sequence number extension is there, so its feedback makes sense.</param>
    public static IEnumerable<CodecSpec> Answer(OfferedMedia offered, MediaKind kind, bool hasTransportWide) =>
        offered
            .Codecs.Where(codec => IsUsable(codec.PayloadType))
            .Select(codec => (Offered: codec, Served: ServedCodecs.Find(kind, codec)))
            .Where(pair => pair.Served is not null)
            .Take(MaxCodecs)
            .Select(pair => new CodecSpec(
                pair.Offered.PayloadType,
                pair.Served!.Name,
                pair.Served.ClockRate,
                pair.Served.Channels,
                FindRtx(offered, pair.Offered),
                pair.Served.Answer(pair.Offered.Parameters),
                KeptFeedback(pair.Offered, pair.Served, hasTransportWide)
            ));

    // RFC 5761 section 4: with RTCP on the same port 64 to 95 would look like RTCP.
    private static bool IsUsable(int payloadType) => payloadType is < 64 or > 95;

    /*  RFC 4588 section 8.1:  a=rtpmap:<rtx> rtx/<clock>   a=fmtp:<rtx> apt=<payload type>  */
    private static int? FindRtx(OfferedMedia offered, OfferedCodec codec) =>
        offered
            .Codecs.FirstOrDefault(rtx =>
                rtx.Name.Equals("rtx", StringComparison.OrdinalIgnoreCase)
                && rtx.ClockRate == codec.ClockRate
                && IsUsable(rtx.PayloadType)
                && int.TryParse(rtx.Parameters["apt"], NumberStyles.None, CultureInfo.InvariantCulture, out var apt)
                && apt == codec.PayloadType
            )
            ?.PayloadType;

    // The receiver's estimate (goog-remb) is the older way; it is taken only from who has no transport-wide feedback.
    private static List<string> KeptFeedback(OfferedCodec offered, ServedCodec served, bool hasTransportWide)
    {
        List<string> kept = [.. served.Feedback.Where(offered.Feedback.Contains)];
        kept.Remove(
            hasTransportWide && kept.Contains(TransportWide, StringComparer.Ordinal) ? "goog-remb" : TransportWide
        );
        return kept;
    }
}
