/*  RFC 8851 section 4:   a=rid:<id> send|recv [pt=<pt>,…][;<restriction>=<value>…]
    RFC 8853 section 5.1: a=simulcast:send <[~]id[,[~]id…]>[;…] [recv …]
    RFC 5576 section 4:   a=ssrc:<ssrc> <attribute>[:<value>]    a=ssrc-group:FID|SIM|FEC-FR <ssrc> …                 */

using System.Globalization;

namespace EventMeet.Functions.Sdp;

/// <summary>Collects how an offer announces the streams of one m-line: by restriction ids, by SSRCs, or both.</summary>
internal sealed class OfferedStreams
{
    private const int MaxRids = 8;
    private const int MaxRidLength = 32;

    // Three simulcast layers with retransmission and repair are 9.
    private const int MaxSsrcs = 32;

    private readonly Dictionary<string, OfferedRid> _rids = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private readonly List<uint> _announced = [];
    private readonly Dictionary<uint, uint> _retransmissions = [];
    private readonly HashSet<uint> _secondary = [];
    private List<uint> _layers = [];

    /// <summary>Gets the simulcast streams that the client sends, in the order of <c>a=simulcast</c>.</summary>
    public IReadOnlyList<OfferedRid> Rids => [.. _order.Where(_rids.ContainsKey).Select(rid => _rids[rid])];

    /// <summary>Gets the SSRCs that media comes from, layers in the order of the SIM group.</summary>
    public IReadOnlyList<uint> Ssrcs =>
        [.. _layers.Concat(_announced).Where(ssrc => !_secondary.Contains(ssrc)).Distinct()];

    /// <summary>Gets the retransmission SSRC of each; 0 where none.</summary>
    public IReadOnlyList<uint> RtxSsrcs => [.. Ssrcs.Select(ssrc => _retransmissions.GetValueOrDefault(ssrc))];

    /// <summary>Takes an <c>a=rid</c> line.</summary>
    public SdpRefusal? HandleRid(SdpLine line)
    {
        var fields = line.Argument.Split(' ', 3);
        if (fields.Length < 2 || !SdpToken.IsRid(fields[0]) || fields[0].Length > MaxRidLength)
        {
            return line.Malformed($"A rid is \"<id> send|recv\" with at most {MaxRidLength} characters (RFC 8851).");
        }

        if (!fields[1].Equals("send", StringComparison.Ordinal))
        {
            return null;
        }

        List<int> payloadTypes = [];
        List<string> restrictions = [];
        foreach (
            var restriction in fields.Length == 3 ? fields[2].Split(';', StringSplitOptions.RemoveEmptyEntries) : []
        )
        {
            if (!restriction.StartsWith("pt=", StringComparison.Ordinal))
            {
                restrictions.Add(restriction);
                continue;
            }

            foreach (var text in restriction[3..].Split(','))
            {
                if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var payloadType))
                {
                    return line.Malformed("\"pt=\" lists payload types (RFC 8851 section 4).");
                }

                payloadTypes.Add(payloadType);
            }
        }

        if (!_rids.ContainsKey(fields[0]) && _rids.Count >= MaxRids)
        {
            return line.Unusable($"The m-line has more than {MaxRids} simulcast streams.");
        }

        _rids[fields[0]] = new OfferedRid(fields[0], payloadTypes, string.Join(';', restrictions));
        return null;
    }

    /// <summary>Takes an <c>a=simulcast</c> line. Of alternatives the first is taken; a paused stream ("~") counts.</summary>
    public SdpRefusal? HandleSimulcast(SdpLine line)
    {
        var fields = line.Argument.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (2 or 4))
        {
            return line.Malformed(
                "\"a=simulcast\" is \"send <list>\", \"recv <list>\" or both (RFC 8853 section 5.1)."
            );
        }

        for (var i = 0; i < fields.Length; i += 2)
        {
            if (fields[i].Equals("send", StringComparison.Ordinal))
            {
                var first = fields[i + 1].Split(';').Select(alternatives => alternatives.Split(',')[0].TrimStart('~'));
                _order.Clear();
                _order.AddRange(first.Distinct(StringComparer.Ordinal).Take(MaxRids));
            }
        }

        return null;
    }

    /// <summary>Takes an <c>a=ssrc</c> line.</summary>
    public SdpRefusal? HandleSsrc(SdpLine line)
    {
        if (!TryReadSsrc(line.Argument.Split(' ')[0], out var ssrc))
        {
            return line.Malformed("An SSRC is a number from 0 to 4294967295 (RFC 5576 section 4.1).");
        }

        if (ssrc == 0 || _announced.Contains(ssrc))
        {
            return null;
        }

        if (_announced.Count >= MaxSsrcs)
        {
            return line.Unusable($"The m-line has more than {MaxSsrcs} SSRCs.");
        }

        _announced.Add(ssrc);
        return null;
    }

    /// <summary>Takes an <c>a=ssrc-group</c> line.</summary>
    public SdpRefusal? HandleGroup(SdpLine line)
    {
        var fields = line.Argument.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        List<uint> ssrcs = [];
        foreach (var field in fields.Skip(1).Take(MaxSsrcs))
        {
            if (!TryReadSsrc(field, out var ssrc))
            {
                return line.Malformed("An SSRC group lists SSRCs (RFC 5576 section 4.2).");
            }

            ssrcs.Add(ssrc);
        }

        switch (fields.FirstOrDefault())
        {
            case "SIM":
                _layers = ssrcs;
                break;
            case "FID" when ssrcs.Count == 2 && _retransmissions.Count < MaxSsrcs:
                _retransmissions[ssrcs[0]] = ssrcs[1];
                _secondary.Add(ssrcs[1]);
                break;
            case "FEC" or "FEC-FR" when _secondary.Count < 2 * MaxSsrcs:
                _secondary.UnionWith(ssrcs.Skip(1));
                break;
            default:
                break;
        }

        return null;
    }

    private static bool TryReadSsrc(string text, out uint ssrc) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ssrc);
}
