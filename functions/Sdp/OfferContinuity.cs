namespace EventMeet.Functions.Sdp;

/// <summary>What a session's next offer must keep of the last one (RFC 3264 section 8, RFC 9429 section 5.2.2).</summary>
internal static class OfferContinuity
{
    /// <summary>Checks the next offer; null when it continues the session, or when it is the first.</summary>
    public static SdpRefusal? Check(PreviousAnswer? previous, Offer offer)
    {
        if (previous is null)
        {
            return null;
        }

        var before = previous.Description.Media;
        if (offer.Media.Count < before.Count)
        {
            return new(
                SdpRefusalKind.Unusable,
                0,
                $"The session has {before.Count} m-lines and this offer {offer.Media.Count}; m-lines are never taken "
                    + "away, only rejected with port 0 (RFC 3264 section 8)."
            );
        }

        for (var i = 0; i < before.Count; i++)
        {
            var now = offer.Media[i];
            var mid = before[i].Find("mid")?.Argument ?? "";
            // A rejected m-line may be taken over by another one (RFC 9429 section 5.2.2).
            if (before[i].Port == 0)
            {
                continue;
            }

            if (!IsSame(now.Section.Media, before[i].Media) || (!IsSame(now.Mid, mid) && !now.Section.IsRejected))
            {
                return now.Section.MediaLine.Unusable(
                    $"This m-line was {before[i].Media} with mid \"{mid}\" before; the order must stay (RFC 3264 section 8)."
                );
            }
        }

        return previous.Peer.Dtls == offer.Transport.Dtls
            ? null
            : new(
                SdpRefusalKind.Unusable,
                0,
                "The certificate's fingerprint changed; a session keeps its DTLS association. Make a new session."
            );
    }

    private static bool IsSame(string one, string other) => string.Equals(one, other, StringComparison.Ordinal);
}
