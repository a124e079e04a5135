/*  RFC 9429 section 5.3.1 gives the order:  v o s t, group, ice-lite, …;  per m-line:  m c, mid, ICE, DTLS, direction,
    extmap, msid, rtcp-mux, rtpmap/fmtp/rtcp-fb, rid/simulcast, ssrc                                                   */

using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Sdp;

/// <summary>Writes the answer's text from what was decided.</summary>
internal sealed class AnswerWriter
{
    /// <summary>The largest data channel message a shard takes, in bytes.</summary>
    private const int MaxMessageSize = 65536;

    private readonly AnswerRequest _request;
    private readonly Offer _offer;
    private readonly PeerSpec _peer;
    private readonly SdpWriter _writer = new();

    private AnswerWriter(AnswerRequest request, Offer offer, PeerSpec peer)
    {
        _request = request;
        _offer = offer;
        _peer = peer;
    }

    /// <summary>Writes the answer.</summary>
    /// <param name="request">What it was computed from.</param>
    /// <param name="offer">What was offered.</param>
    /// <param name="media">What became of each m-line.</param>
    /// <param name="peer">What the shard is told.</param>
    /// <param name="origin">The session id of the o-line, the same in all answers of a session.</param>
    public static string Write(
        AnswerRequest request,
        Offer offer,
        IReadOnlyList<AnsweredMedia> media,
        PeerSpec peer,
        string origin
    )
    {
        AnswerWriter writer = new(request, offer, peer);
        writer.WriteSession(media, origin);
        // The first accepted m-line carries the transport of the whole group (RFC 9143 section 7.3.1).
        var tagged = media.First(answered => !answered.Rejected);
        foreach (var answered in media)
        {
            writer.WriteMedia(answered, isTagged: ReferenceEquals(answered, tagged));
        }

        return writer._writer.ToString();
    }

    private void WriteSession(IReadOnlyList<AnsweredMedia> media, string origin)
    {
        var mids = media.Where(answered => !answered.Rejected).Select(answered => answered.Offered.Mid);
        _writer.Line('v', $"0");
        _writer.Line('o', $"- {origin} {_peer.Revision} IN IP4 0.0.0.0");
        _writer.Line('s', $"-");
        _writer.Line('t', $"0 0");
        _writer.Attribute("group", $"BUNDLE {string.Join(' ', mids)}");
        _writer.Attribute("ice-lite");
        _writer.Attribute("ice-options", $"trickle");
        if (_offer.AllowMixedAtSession)
        {
            _writer.Attribute("extmap-allow-mixed");
        }

        _writer.Attribute("msid-semantic", $"WMS *");
    }

    private void WriteMedia(AnsweredMedia answered, bool isTagged)
    {
        var section = answered.Offered.Section;
        var formats =
            answered.Data is not null ? "webrtc-datachannel"
            : answered.Spec is { } spec ? string.Join(' ', PayloadTypes(spec))
            : section.Formats[0];
        var port =
            answered.Rejected ? 0
            : isTagged ? _request.Addresses[0].UdpPort
            : 9;
        var address = isTagged ? _request.Addresses[0].Address : "0.0.0.0";
        var family = address.Contains(':', StringComparison.Ordinal) ? "IP6" : "IP4";
        _writer.Line('m', $"{section.Media} {port} {section.Protocol} {formats}");
        _writer.Line('c', $"IN {family} {address}");
        if (answered.Offered.Mid.Length > 0)
        {
            _writer.Attribute("mid", $"{answered.Offered.Mid}");
        }

        if (answered.Rejected)
        {
            _writer.Attribute("inactive");
            return;
        }

        WriteTransport(isTagged);
        if (answered.Data is { } data)
        {
            _writer.Attribute("sctp-port", $"{data.LocalPort}");
            _writer.Attribute("max-message-size", $"{MaxMessageSize}");
            return;
        }

        WriteRtp(answered, answered.Spec!);
    }

    // Every m-line repeats what belongs to the tagged one, as browsers do: GStreamer refuses an m-line without a=setup.
    private void WriteTransport(bool isTagged)
    {
        _writer.Attribute("ice-ufrag", $"{_peer.Ice.LocalUfrag}");
        _writer.Attribute("ice-pwd", $"{_peer.Ice.LocalPwd}");
        _writer.Attribute(
            "fingerprint",
            $"sha-256 {string.Join(':', _request.Fingerprint.Chunk(2).Select(pair => new string(pair)))}"
        );
        _writer.Attribute("setup", $"passive");
        if (!isTagged)
        {
            return;
        }

        foreach (var candidate in Candidates.Of(_request.Addresses))
        {
            _writer.Attribute("candidate", $"{candidate}");
        }

        _writer.Attribute("end-of-candidates");
    }

    private void WriteRtp(AnsweredMedia answered, MediaSpec spec)
    {
        var offered = answered.Offered;
        _writer.Attribute(answered.Accepted.Mirrored.ToString());
        if (offered.AllowMixed)
        {
            _writer.Attribute("extmap-allow-mixed");
        }

        foreach (var extension in spec.Extensions)
        {
            var direction = offered
                .Extensions.First(known => known.Id == extension.Id && known.Is(extension.Uri))
                .Direction;
            var suffix = direction is { } written ? $"/{written.Mirrored}" : "";
            _writer.Attribute("extmap", $"{extension.Id}{suffix} {extension.Uri}");
        }

        if (spec.Slot is not null)
        {
            _writer.Attribute("msid", $"{StreamOf(spec)} {spec.Mid}");
        }

        _writer.Attribute("rtcp-mux");
        if (offered.ReducedSize)
        {
            _writer.Attribute("rtcp-rsize");
        }

        foreach (var codec in spec.Codecs)
        {
            WriteCodec(codec);
        }

        WriteSimulcast(answered.Rids);
        if (spec.Slot is { } slot)
        {
            WriteSlot(slot);
        }
    }

    // Its own stream per slot, so that what a slot shows is played by itself; but a WHEP player is one picture with its
    // sound, and players show the stream of the last track event.
    private string StreamOf(MediaSpec spec) => _request.Use is SessionUse.Play ? "live" : $"slot-{spec.Mid}";

    private static IEnumerable<int> PayloadTypes(MediaSpec spec) =>
        spec.Codecs.SelectMany(codec =>
            codec.RtxPayloadType is { } rtx ? [codec.PayloadType, rtx] : (int[])[codec.PayloadType]
        );

    private void WriteCodec(CodecSpec codec)
    {
        var channels = codec.Channels > 1 ? $"/{codec.Channels}" : "";
        _writer.Attribute("rtpmap", $"{codec.PayloadType} {codec.Name}/{codec.ClockRate}{channels}");
        foreach (var feedback in codec.Feedback)
        {
            _writer.Attribute("rtcp-fb", $"{codec.PayloadType} {feedback}");
        }

        if (codec.Parameters is { } parameters)
        {
            _writer.Attribute("fmtp", $"{codec.PayloadType} {parameters}");
        }

        if (codec.RtxPayloadType is { } rtx)
        {
            _writer.Attribute("rtpmap", $"{rtx} rtx/{codec.ClockRate}");
            _writer.Attribute("fmtp", $"{rtx} apt={codec.PayloadType}");
        }
    }

    private void WriteSimulcast(IReadOnlyList<OfferedRid> rids)
    {
        foreach (var rid in rids)
        {
            var payloadTypes = rid.PayloadTypes.Count > 0 ? $"pt={string.Join(',', rid.PayloadTypes)}" : "";
            var restrictions = string.Join(
                ';',
                ((string[])[payloadTypes, rid.Restrictions]).Where(text => text.Length > 0)
            );
            _writer.Attribute("rid", $"{$"{rid.Rid} recv {restrictions}".TrimEnd()}");
        }

        if (rids.Count > 0)
        {
            _writer.Attribute("simulcast", $"recv {string.Join(';', rids.Select(rid => rid.Rid))}");
        }
    }

    private void WriteSlot(SlotSpec slot)
    {
        if (slot.RtxSsrc != 0)
        {
            _writer.Attribute("ssrc-group", $"FID {slot.Ssrc} {slot.RtxSsrc}");
            _writer.Attribute("ssrc", $"{slot.Ssrc} cname:{slot.Cname}");
            _writer.Attribute("ssrc", $"{slot.RtxSsrc} cname:{slot.Cname}");
            return;
        }

        _writer.Attribute("ssrc", $"{slot.Ssrc} cname:{slot.Cname}");
    }
}
