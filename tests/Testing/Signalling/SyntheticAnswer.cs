using System.Globalization;
using System.Net;
using EventMeet.Media.Dtls;
using EventMeet.Media.Ice;
using EventMeet.Media.Values;

namespace EventMeet.Testing.Signalling;

/// <summary>What an SDP answer says, as far as a client must know it (RFC 8829 section 5.11).</summary>
internal sealed class SyntheticAnswer
{
    private readonly List<(TransportAddress Address, bool Tcp)> _candidates;

    private SyntheticAnswer(
        IceCredentials credentials,
        DtlsFingerprint fingerprint,
        List<(TransportAddress, bool)> candidates,
        IReadOnlyList<AnsweredLine> media
    ) => (Credentials, Fingerprint, _candidates, Media) = (credentials, fingerprint, candidates, media);

    public IceCredentials Credentials { get; }

    public DtlsFingerprint Fingerprint { get; }

    /// <summary>Gets the m-lines that were accepted.</summary>
    public IReadOnlyList<AnsweredLine> Media { get; }

    /// <summary>Reads an answer.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static SyntheticAnswer Read(string answer)
    {
        var sections = new List<List<string>> { new() };
        foreach (var line in answer.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("m=", StringComparison.Ordinal))
            {
                sections.Add([]);
            }

            sections[^1].Add(line);
        }

        // RFC 8843 section 7: one transport for all, which the first m-line describes.
        var first = sections.Count > 1 ? sections[1] : throw new FormatException("The answer has no m-line.");
        var all = sections[0].Concat(first).ToList();
        var fingerprint = Need(all, "a=fingerprint:").Split(' ');
        return new SyntheticAnswer(
            new IceCredentials(Need(all, "a=ice-ufrag:"), Need(all, "a=ice-pwd:")),
            DtlsFingerprint.TryParse(fingerprint[0], fingerprint[^1], out var parsed)
                ? parsed
                : throw new FormatException("The answer's fingerprint cannot be read."),
            ReadCandidates(first),
            [.. sections.Skip(1).Where(lines => !IsRejected(lines)).Select(AnsweredLine.Read)]
        );
    }

    /// <summary>Gets a candidate, IPv4 before IPv6.</summary>
    public TransportAddress CandidateOf(bool tcp)
    {
        var fitting = _candidates
            .Where(candidate => candidate.Tcp == tcp)
            .Select(candidate => candidate.Address)
            .ToList();
        return fitting.Count > 0
            ? fitting.OrderByDescending(address => address.IsIPv4).First()
            : throw new FormatException($"The answer has no {(tcp ? "TCP" : "UDP")} candidate.");
    }

    internal static string Need(List<string> lines, string prefix) =>
        Find(lines, prefix) ?? throw new FormatException($"The answer has no {prefix}");

    internal static string? Find(List<string> lines, string prefix) =>
        lines.Find(line => line.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..];

    // RFC 8843 section 7.3.1: port zero without bundle-only.
    private static bool IsRejected(List<string> lines) => lines[0].Split(' ')[1] is "0";

    private static List<(TransportAddress, bool)> ReadCandidates(List<string> lines)
    {
        var candidates = new List<(TransportAddress, bool)>();
        foreach (var line in lines.Where(line => line.StartsWith("a=candidate:", StringComparison.Ordinal)))
        {
            var fields = line.Split(' ');
            var tcp = fields[2].Equals("tcp", StringComparison.OrdinalIgnoreCase);
            var port = int.Parse(fields[5], CultureInfo.InvariantCulture);
            candidates.Add((TransportAddress.From(new IPEndPoint(IPAddress.Parse(fields[4]), port), tcp), tcp));
        }

        return candidates;
    }
}

/// <summary>One m-line of an answer.</summary>
internal sealed record AnsweredLine
{
    public required string Mid { get; init; }

    /// <summary>Gets the kind; null for the data channel.</summary>
    public MediaKind? Kind { get; init; }

    /// <summary>Gets a value indicating whether the server sends on it.</summary>
    public bool Sends { get; init; }

    /// <summary>Gets a value indicating whether the server receives on it.</summary>
    public bool Receives { get; init; }

    public byte PayloadType { get; init; }

    public byte? RtxPayloadType { get; init; }

    public uint Ssrc { get; init; }

    public uint RtxSsrc { get; init; }

    public IReadOnlyList<(int Id, string Uri)> Extensions { get; init; } = [];

    public static AnsweredLine Read(List<string> lines)
    {
        var fields = lines[0].Split(' ');
        var mid = SyntheticAnswer.Need(lines, "a=mid:");
        if (fields[0] is "m=application")
        {
            return new AnsweredLine { Mid = mid };
        }

        var both = lines.Contains("a=sendrecv");
        var payloadType = fields[3];
        var rtx = lines.Find(line => line.EndsWith($" apt={payloadType}", StringComparison.Ordinal));
        var group = SyntheticAnswer.Find(lines, "a=ssrc-group:FID ")?.Split(' ');
        var ssrc = group?[0] ?? SyntheticAnswer.Find(lines, "a=ssrc:")?.Split(' ')[0];
        return new AnsweredLine
        {
            Mid = mid,
            Kind = fields[0] is "m=audio" ? MediaKind.Audio : MediaKind.Video,
            Sends = both || lines.Contains("a=sendonly"),
            Receives = both || lines.Contains("a=recvonly"),
            PayloadType = byte.Parse(payloadType, CultureInfo.InvariantCulture),
            RtxPayloadType = rtx is null
                ? null
                : byte.Parse(
                    rtx["a=fmtp:".Length..rtx.IndexOf(' ', StringComparison.Ordinal)],
                    CultureInfo.InvariantCulture
                ),
            Ssrc = ssrc is null ? 0 : uint.Parse(ssrc, CultureInfo.InvariantCulture),
            RtxSsrc = group is null ? 0 : uint.Parse(group[1], CultureInfo.InvariantCulture),
            Extensions =
            [
                .. lines
                    .Where(line => line.StartsWith("a=extmap:", StringComparison.Ordinal))
                    .Select(line => line["a=extmap:".Length..].Split(' '))
                    .Select(parts => (int.Parse(parts[0].Split('/')[0], CultureInfo.InvariantCulture), parts[1])),
            ],
        };
    }
}
