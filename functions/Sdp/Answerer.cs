using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Sdp;

/// <summary>
/// Computes the answer to an offer, and the peer that the shard is to admit. Pure: the same request and the same chance
/// give the same answer, and nobody is asked.
/// </summary>
internal static class Answerer
{
    /// <summary>Answers an offer; null when there is an answer.</summary>
    /// <param name="request">What the answer is computed from.</param>
    /// <param name="description">The well-formed offer.</param>
    /// <param name="chance">Where secrets, SSRCs and ids come from.</param>
    /// <param name="answer">The answer; null exactly when a refusal is returned.</param>
    public static SdpRefusal? TryAnswer(
        AnswerRequest request,
        SdpDescription description,
        AnswerChance chance,
        out Answer? answer
    )
    {
        answer = null;
        if (OfferReader.TryRead(description, out var offer) is { } unreadable)
        {
            return unreadable;
        }

        if (OfferContinuity.Check(request.Previous, offer!) is { } discontinuous)
        {
            return discontinuous;
        }

        MediaAnswerer answerer = new(request, offer!, chance);
        List<AnsweredMedia> media = [.. offer!.Media.Select(answerer.Answer)];
        if (CheckAnythingLeft(request, media) is { } nothing)
        {
            return nothing;
        }

        if (CheckPayloadTypes(media) is { } ambiguous)
        {
            return ambiguous;
        }

        var peer = MakePeer(request, offer, media, chance);
        var origin = request.Previous?.Description.Origin[1] ?? $"{chance.NewOrigin()}";
        answer = new Answer(AnswerWriter.Write(request, offer, media, peer, origin), peer);
        return null;
    }

    private static PeerSpec MakePeer(AnswerRequest request, Offer offer, List<AnsweredMedia> media, AnswerChance chance)
    {
        var remote = offer.Transport;
        var before = request.Previous?.Peer;
        // New remote credentials are an ICE restart, and a restart changes both sides' (RFC 8839 section 4.4.1.1.1).
        var restarts =
            before is null
            || !IsSame(before.Ice.RemoteUfrag, remote.Ufrag)
            || !IsSame(before.Ice.RemotePwd, remote.Pwd);
        var ice = restarts ? new IceSpec(chance.NewUfrag(), chance.NewPwd(), remote.Ufrag, remote.Pwd) : before!.Ice;
        return new PeerSpec(
            request.Session,
            (before?.Revision ?? 0) + 1,
            request.Participant,
            ice,
            remote.Dtls,
            [.. media.Select(answered => answered.Spec).OfType<MediaSpec>()],
            media.Select(answered => answered.Data).FirstOrDefault(data => data is not null)
        );
    }

    private static bool IsSame(string one, string other) => string.Equals(one, other, StringComparison.Ordinal);

    private static SdpRefusal? CheckAnythingLeft(AnswerRequest request, List<AnsweredMedia> media)
    {
        var left = request switch
        {
            // A later offer may pause everything; it only has to keep the transport.
            { Previous: not null } => media.Exists(answered => !answered.Rejected),
            { Use: SessionUse.Publish } => media.Exists(answered => answered.Accepted.Sends),
            { Use: SessionUse.Play } => media.Exists(answered => answered.Accepted.Receives),
            _ => media.Exists(answered =>
                answered.Accepted.Sends || answered.Accepted.Receives || answered.Data is not null
            ),
        };
        if (left)
        {
            return null;
        }

        if (media.Find(answered => answered.Denial is not null) is { } denied)
        {
            return new(SdpRefusalKind.NotAllowed, denied.Offered.Section.MediaLine.Number, denied.Denial!);
        }

        var reason = request.Use switch
        {
            SessionUse.Publish => "Nothing of the offer can be published here: it must send",
            SessionUse.Play => "Nothing of the offer can be played here: it must receive",
            _ => "Nothing of the offer can be served: it must send or receive",
        };
        return new(SdpRefusalKind.Unusable, 0, $"{reason} {ServedCodecs.Sentence} over UDP/TLS/RTP/SAVPF.");
    }

    // RFC 9143 section 9.1.1: in one BUNDLE group a payload type means one codec.
    private static SdpRefusal? CheckPayloadTypes(List<AnsweredMedia> media)
    {
        Dictionary<int, string> meanings = [];
        foreach (var answered in media)
        {
            foreach (var codec in answered.Spec?.Codecs ?? [])
            {
                var line = answered.Offered.Section.MediaLine;
                var clash =
                    Clash(meanings, codec.PayloadType, $"{codec.Name}/{codec.ClockRate}")
                    ?? (codec.RtxPayloadType is { } rtx ? Clash(meanings, rtx, $"rtx for {codec.PayloadType}") : null);
                if (clash is not null)
                {
                    return line.Unusable(clash);
                }
            }
        }

        return null;
    }

    private static string? Clash(Dictionary<int, string> meanings, int payloadType, string meaning) =>
        meanings.TryAdd(payloadType, meaning)
        || meanings[payloadType].Equals(meaning, StringComparison.OrdinalIgnoreCase)
            ? null
            : $"Payload type {payloadType} means {meanings[payloadType]} and {meaning}; in a BUNDLE group it must mean "
                + "one codec (RFC 9143 section 9.1.1).";
}
