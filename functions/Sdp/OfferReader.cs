using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Sdp;

/// <summary>Reads what an offer says, and refuses what this service cannot do at all.</summary>
internal static class OfferReader
{
    /// <summary>Reads an offer; null when it can be answered.</summary>
    /// <param name="description">The well-formed description.</param>
    /// <param name="offer">What it says; null exactly when a refusal is returned.</param>
    public static SdpRefusal? TryRead(SdpDescription description, out Offer? offer)
    {
        offer = null;
        if (description.Media.Count == 0)
        {
            return new(SdpRefusalKind.Unusable, 0, "The offer has no m-line: it asks for nothing.");
        }

        if (description.Session.Find("ice-lite") is { } lite)
        {
            return lite.Unusable("Both sides would be ICE-lite, so nobody would check a path (RFC 8445 section 2.5).");
        }

        List<OfferedMedia> media = [];
        foreach (var section in description.Media)
        {
            if (OfferedMediaReader.TryRead(section, description.Session, out var offered) is { } refusal)
            {
                return refusal;
            }

            // All RTP of a BUNDLE group shares its port with RTCP (RFC 9143 section 9.3).
            if (offered is { Kind: not null, RtcpMux: false, Section.IsRejected: false })
            {
                return section.MediaLine.Unusable(
                    "The m-line has no \"a=rtcp-mux\"; RTCP on its own port is not served."
                );
            }

            media.Add(offered!);
        }

        if (CheckUnique(media) is { } repeated)
        {
            return repeated;
        }

        if (FindBundle(description, media, out var tagged) is { } unbundled)
        {
            return unbundled;
        }

        if (OfferedTransportReader.TryRead(tagged!, description.Session, out var transport) is { } bad)
        {
            return bad;
        }

        offer = new Offer(transport!, description.Session.Find("extmap-allow-mixed") is not null, media);
        return null;
    }

    /*  RFC 9143 section 5:  a=group:BUNDLE <mid> …; the first one carries the transport's attributes  */
    private static SdpRefusal? FindBundle(SdpDescription description, List<OfferedMedia> media, out SdpMedia? tagged)
    {
        tagged = null;
        var group = description
            .Session.All("group")
            .FirstOrDefault(line => line.Argument.Split(' ')[0].Equals("BUNDLE", StringComparison.Ordinal));
        if (group is null)
        {
            return new(
                SdpRefusalKind.Unusable,
                0,
                "The offer has no \"a=group:BUNDLE\"; all m-lines must share one transport (RFC 9143)."
            );
        }

        HashSet<string> mids = new(group.Argument.Split(' ')[1..], StringComparer.Ordinal);
        foreach (var offered in media.Where(offered => !offered.Section.IsRejected))
        {
            if (!mids.Contains(offered.Mid))
            {
                return offered.Section.MediaLine.Unusable(
                    $"The m-line with mid \"{offered.Mid}\" is not in the BUNDLE group; all must be (RFC 9143)."
                );
            }
        }

        foreach (var mid in group.Argument.Split(' ')[1..])
        {
            var member = media.Find(offered => string.Equals(offered.Mid, mid, StringComparison.Ordinal));
            if (member is null)
            {
                return group.Malformed($"The BUNDLE group names mid \"{mid}\", which no m-line has.");
            }

            tagged ??= member.Section.IsRejected ? null : member.Section;
        }

        return tagged is null ? group.Unusable("Every m-line of the offer is rejected: it asks for nothing.") : null;
    }

    private static SdpRefusal? CheckUnique(List<OfferedMedia> media)
    {
        HashSet<string> mids = new(StringComparer.Ordinal);
        HashSet<uint> ssrcs = [];
        foreach (var offered in media)
        {
            if (offered.Mid.Length > 0 && !mids.Add(offered.Mid))
            {
                return offered.Section.MediaLine.Malformed(
                    $"The mid \"{offered.Mid}\" is used twice (RFC 5888 section 4)."
                );
            }

            // A receive-only m-line may carry the SSRC of its RTCP; only those that media comes from matter.
            var sent = offered.Direction.Sends ? offered.Ssrcs.Concat(offered.RtxSsrcs).Where(ssrc => ssrc != 0) : [];
            foreach (var ssrc in sent)
            {
                if (!ssrcs.Add(ssrc))
                {
                    return offered.Section.MediaLine.Malformed($"The SSRC {ssrc} is used twice in the offer.");
                }
            }
        }

        return null;
    }
}
