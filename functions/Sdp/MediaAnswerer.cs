using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Sdp;

/// <summary>Decides about one m-line after the other.</summary>
/// <param name="request">What the answer is computed from.</param>
/// <param name="offer">The whole offer.</param>
/// <param name="chance">Where SSRCs and ids come from.</param>
internal sealed class MediaAnswerer(AnswerRequest request, Offer offer, AnswerChance chance)
{
    private const int SctpPort = 5000;

    private readonly Dictionary<string, MediaSpec> _before =
        request.Previous?.Peer.Media.ToDictionary(spec => spec.Mid, StringComparer.Ordinal) ?? [];

    private readonly HashSet<uint> _taken = [.. offer.Media.SelectMany(media => media.Ssrcs.Concat(media.RtxSsrcs))];

    private string? _cname = request.Previous?.Peer.Media.FirstOrDefault(spec => spec.Slot is not null)?.Slot?.Cname;
    private bool _hasData;

    /// <summary>Decides about the next m-line.</summary>
    public AnsweredMedia Answer(OfferedMedia offered)
    {
        if (offered.Section.IsRejected)
        {
            return new(offered);
        }

        return offered.Kind is { } kind ? AnswerRtp(offered, kind) : AnswerData(offered);
    }

    // RFC 8841 section 4; the older "DTLS/SCTP 5000" form with a=sctpmap is rejected. One association per transport.
    private AnsweredMedia AnswerData(OfferedMedia offered)
    {
        var serves =
            offered is { Section.Media: "application", SctpPort: not null }
            && offered.Section.Protocol is "UDP/DTLS/SCTP" or "TCP/DTLS/SCTP"
            && offered.Section.Formats.Contains("webrtc-datachannel", StringComparer.Ordinal)
            && !_hasData;
        _hasData |= serves;
        return serves
            ? new(offered) { Data = new DataChannelSpec(offered.SctpPort!.Value, SctpPort, offered.MaxMessageSize) }
            : new(offered);
    }

    private AnsweredMedia AnswerRtp(OfferedMedia offered, MediaKind kind)
    {
        // RFC 9429 section 5.1.2 lists what to take; all of them mean the same DTLS-SRTP with feedback.
        var isSecure =
            offered.Section.Protocol
            is "UDP/TLS/RTP/SAVPF"
                or "UDP/TLS/RTP/SAVP"
                or "TCP/DTLS/RTP/SAVPF"
                or "TCP/DTLS/RTP/SAVP"
                or "RTP/SAVPF"
                or "RTP/SAVP";
        if (!isSecure)
        {
            return new(offered);
        }

        var source = (kind, offered.Slides) switch
        {
            (MediaKind.Audio, false) => TrackSource.Microphone,
            (MediaKind.Audio, true) => TrackSource.ScreenShareAudio,
            (_, false) => TrackSource.Camera,
            (_, true) => TrackSource.ScreenShare,
        };
        var accepted = Allow(offered, source, out var denial);
        List<OfferedExtension> extensions = [.. KeptExtensions(offered, kind, accepted)];
        var hasTransportWide = extensions.Exists(extension => extension.Is(ServedExtensions.TransportWide));
        List<CodecSpec> codecs = [.. CodecAnswerer.Answer(offered, kind, hasTransportWide)];
        if (codecs.Count == 0)
        {
            return new(offered) { Denial = denial };
        }

        var usesTransportWide = codecs.Exists(codec => codec.Feedback.Contains("transport-cc", StringComparer.Ordinal));
        extensions.RemoveAll(extension => !usesTransportWide && extension.Is(ServedExtensions.TransportWide));
        List<OfferedRid> rids = [.. KeptRids(offered, accepted, extensions, codecs)];
        return new(offered)
        {
            Accepted = accepted,
            Denial = denial,
            Rids = rids,
            Spec = new MediaSpec(
                offered.Mid,
                kind,
                accepted.Sends,
                accepted.Receives,
                accepted.Sends ? source : TrackSource.Unknown,
                codecs,
                [.. extensions.Select(extension => new HeaderExtensionSpec(extension.Id, extension.Uri))],
                accepted.Sends ? Publish(offered, rids) : null,
                accepted.Receives ? MakeSlot(offered.Mid, codecs) : null
            ),
        };
    }

    // An m-line that grants take away is answered inactive, not rejected: rejecting would stop the browser's transceiver
    // for good, and a token with more grants may come with the next offer.
    private MediaDirection Allow(OfferedMedia offered, TrackSource source, out string? denial)
    {
        var grants = request.Participant.Grants;
        var sends = offered.Direction.Sends && request.Use is not SessionUse.Play;
        var receives = offered.Direction.Receives && request.Use is not SessionUse.Publish;
        var maySend = grants.CanPublish && (grants.Sources is null || grants.Sources.Contains(source));
        denial = (sends, receives) switch
        {
            (true, _) when !grants.CanPublish => "The token does not allow publishing (canPublish is false).",
            (true, _) when !maySend => $"The token does not allow publishing from this source ({source}).",
            (_, true) when !grants.CanSubscribe => "The token does not allow receiving (canSubscribe is false).",
            _ => null,
        };
        return new MediaDirection(sends && maySend, receives && grants.CanSubscribe);
    }

    private IEnumerable<OfferedExtension> KeptExtensions(OfferedMedia offered, MediaKind kind, MediaDirection accepted)
    {
        // Ids over 14 need the two-byte form, which must be agreed on (RFC 8285 section 4.3 and 6).
        var largest = offer.AllowMixedAtSession || offered.AllowMixed ? 255 : 14;
        return offered
            .Extensions.Where(extension => extension.Id <= largest && ServedExtensions.Keeps(kind, extension, accepted))
            .DistinctBy(extension => extension.Uri, StringComparer.Ordinal)
            .DistinctBy(extension => extension.Id);
    }

    private static IEnumerable<OfferedRid> KeptRids(
        OfferedMedia offered,
        MediaDirection accepted,
        List<OfferedExtension> extensions,
        List<CodecSpec> codecs
    )
    {
        // Without the header extension nobody could tell the layers apart (RFC 8853 section 5.2).
        if (!accepted.Sends || !extensions.Exists(extension => extension.Is(ServedExtensions.Rid)))
        {
            return [];
        }

        return offered
            .Rids.Select(rid =>
                rid with
                {
                    PayloadTypes =
                    [
                        .. rid.PayloadTypes.Where(type => codecs.Exists(codec => codec.PayloadType == type)),
                    ],
                }
            )
            .Zip(offered.Rids)
            // One whose codecs are all declined goes (RFC 8851 section 6.3).
            .Where(pair => pair.First.PayloadTypes.Count > 0 || pair.Second.PayloadTypes.Count == 0)
            .Select(pair => pair.First);
    }

    private PublishedSpec Publish(OfferedMedia offered, List<OfferedRid> rids) =>
        new(
            _before.GetValueOrDefault(offered.Mid)?.Published?.Track ?? chance.NewTrack(),
            offered.Ssrcs,
            offered.RtxSsrcs,
            [.. rids.Select(rid => rid.Rid)]
        );

    private SlotSpec MakeSlot(string mid, List<CodecSpec> codecs)
    {
        var before = _before.GetValueOrDefault(mid)?.Slot;
        var repairs = codecs.Exists(codec => codec.RtxPayloadType is not null);
        var rtxBefore = before?.RtxSsrc ?? 0;
        _cname ??= chance.NewCname();
        return new SlotSpec(
            before?.Ssrc ?? chance.NewSsrc(_taken),
            !repairs ? 0
                : rtxBefore != 0 ? rtxBefore
                : chance.NewSsrc(_taken),
            _cname
        );
    }
}
