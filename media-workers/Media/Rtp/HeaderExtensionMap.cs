using System.Collections.Frozen;

namespace EventMeet.Media.Rtp;

/// <summary>Which id means which header extension, as negotiated for one m-line (<c>a=extmap</c>, RFC 8285 section 5). Immutable; share one between m-lines that agree.</summary>
public sealed class HeaderExtensionMap
{
    /// <summary>The largest id that the one-byte form can carry; 15 is reserved (RFC 8285 section 4.2).</summary>
    internal const int MaxOneByteId = 14;

    /// <summary>Nothing negotiated.</summary>
    public static readonly HeaderExtensionMap Empty = new();

    private static readonly FrozenDictionary<string, HeaderExtensionKind> KindsByUri = new Dictionary<
        string,
        HeaderExtensionKind
    >(StringComparer.Ordinal)
    {
        ["urn:ietf:params:rtp-hdrext:sdes:mid"] = HeaderExtensionKind.Mid,
        ["urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"] = HeaderExtensionKind.Rid,
        ["urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"] = HeaderExtensionKind.RepairedRid,
        ["urn:ietf:params:rtp-hdrext:ssrc-audio-level"] = HeaderExtensionKind.AudioLevel,
        ["http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"] = HeaderExtensionKind.AbsSendTime,
        ["http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"] =
            HeaderExtensionKind.TransportWideCc,
        ["urn:3gpp:video-orientation"] = HeaderExtensionKind.VideoOrientation,
        ["http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"] = HeaderExtensionKind.PlayoutDelay,
        ["http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"] = HeaderExtensionKind.AbsCaptureTime,
        ["https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"] =
            HeaderExtensionKind.DependencyDescriptor,
        ["http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00"] =
            HeaderExtensionKind.VideoLayersAllocation,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private readonly byte[] _idOfKind = new byte[(int)HeaderExtensionKind.Count];
    private readonly HeaderExtensionKind[] _kindOfId;

    private HeaderExtensionMap(int largestId = 0) => _kindOfId = new HeaderExtensionKind[largestId + 1];

    /// <summary>Gets a value indicating whether every id fits the one-byte form, as a browser's do.</summary>
    internal bool FitsOneByte => _kindOfId.Length - 1 <= MaxOneByteId;

    /// <summary>Gets a value indicating whether anything is negotiated that is forwarded from publisher to subscriber as it is.</summary>
    internal bool HasForwarded { get; private set; }

    /// <summary>Is this kind forwarded as it is? MID, the stream ids and the transport's own numbers belong to one connection: they are replaced or dropped.</summary>
    internal static bool IsForwarded(HeaderExtensionKind kind) =>
        kind >= HeaderExtensionKind.AudioLevel
        && kind is not (HeaderExtensionKind.AbsSendTime or HeaderExtensionKind.TransportWideCc);

    /// <summary>Builds the map of one m-line. URIs that are not understood are left out, and so are ids outside 1 to 255.</summary>
    /// <param name="extensions">Id and URI of each <c>a=extmap</c> line of the answer; the first line wins when two disagree.</param>
    public static HeaderExtensionMap FromUris(IEnumerable<(int Id, string Uri)> extensions)
    {
        var known = extensions
            .Where(extension => extension.Id is > 0 and <= byte.MaxValue && KindsByUri.ContainsKey(extension.Uri))
            .ToArray();
        var map = new HeaderExtensionMap(known.Select(extension => extension.Id).DefaultIfEmpty().Max());
        foreach (var (id, uri) in known)
        {
            var kind = KindsByUri[uri];
            if (map._idOfKind[(int)kind] == 0 && map._kindOfId[id] == HeaderExtensionKind.Unknown)
            {
                map._idOfKind[(int)kind] = (byte)id;
                map._kindOfId[id] = kind;
                map.HasForwarded |= IsForwarded(kind);
            }
        }

        return map;
    }

    /// <summary>The kind of an extension by its URI; unknown ones are <see cref="HeaderExtensionKind.Unknown"/>.</summary>
    public static HeaderExtensionKind KindOf(string uri) => KindsByUri.GetValueOrDefault(uri);

    /// <summary>The kind that an id stands for.</summary>
    public HeaderExtensionKind KindOf(int id) => (uint)id < (uint)_kindOfId.Length ? _kindOfId[id] : default;

    /// <summary>The id of a kind; 0 when it was not negotiated.</summary>
    public int IdOf(HeaderExtensionKind kind) => _idOfKind[(int)kind];

    /// <summary>Was this kind negotiated?</summary>
    public bool Has(HeaderExtensionKind kind) => _idOfKind[(int)kind] != 0;
}
