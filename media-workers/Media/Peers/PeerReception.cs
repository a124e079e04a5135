using System.Text;
using EventMeet.Media.Feedback;
using EventMeet.Media.Packets;
using EventMeet.Media.Rooms;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Peers;

/// <summary>
/// How a peer's arriving packets find their layers: by SSRC; one that is new by what the offer announced, else by MID
/// and RID (RFC 8843 section 9.2, RFC 8852), else by a payload type that only one m-line has.
/// </summary>
internal sealed class PeerReception(Peer peer, EngineContext context)
{
    // Simulcast of three on every m-line of a large offer stays below this; more is an attack on our memory.
    private const int MaxStreams = 64;
    private const int MaxLayersPerTrack = 4;
    private const int MaxIdLength = 16;

    // Longer than a stream pauses that goes on.
    private static readonly TimeSpan SilenceOfFormer = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<uint, Layer> _bySsrc = [];
    private readonly Dictionary<uint, Layer> _byRtxSsrc = [];
    private readonly List<Track> _expected = [];

    /// <summary>Gets what notes arrivals for transport-wide feedback.</summary>
    public TransportFeedbackRecorder Feedback { get; } = new();

    /// <summary>Gets the layers that have shown themselves.</summary>
    public Dictionary<uint, Layer>.ValueCollection Layers => _bySsrc.Values;

    /// <summary>Packets of this track may come.</summary>
    public void Expect(Track track) => _expected.Add(track);

    /// <summary>Packets of this track come no more.</summary>
    public void Forget(Track track)
    {
        _ = _expected.Remove(track);
        foreach (var layer in track.Layers)
        {
            _ = _bySsrc.Remove(layer.Ssrc);
            _ = _byRtxSsrc.Remove(layer.RtxSsrc);
        }
    }

    /// <summary>Gets the layer of a stream, as a key for its reports; null when there is none.</summary>
    public Layer? LayerOf(uint ssrc) => _bySsrc.GetValueOrDefault(ssrc);

    /// <summary>Finds the layer that a packet belongs to.</summary>
    /// <param name="header">The packet's header.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="isRetransmission">True when the packet wraps another one (RFC 4588).</param>
    /// <param name="now">The time.</param>
    public PacketFault TryFind(in RtpHeader header, out Layer layer, out bool isRetransmission, MonotonicTime now)
    {
        isRetransmission = false;
        if (_bySsrc.TryGetValue(header.Ssrc, out layer!))
        {
            return PacketFault.None;
        }

        if (_byRtxSsrc.TryGetValue(header.Ssrc, out layer!))
        {
            isRetransmission = true;
            return PacketFault.None;
        }

        return TryIntroduce(header, out layer, out isRetransmission, now);
    }

    private PacketFault TryIntroduce(in RtpHeader header, out Layer layer, out bool isRetransmission, MonotonicTime now)
    {
        layer = null!;
        isRetransmission = false;
        if (_bySsrc.Count + _byRtxSsrc.Count >= MaxStreams)
        {
            return PacketFault.RtpUnknownTrack;
        }

        foreach (var track in _expected)
        {
            var published = track.Media.Published!;
            var position = IndexOf(published.Ssrcs, header.Ssrc);
            if (position >= 0)
            {
                layer = AddLayer(track, header.Ssrc, rid: null, RtxOf(published, position), now);
                return PacketFault.None;
            }
        }

        var found = FindTrack(header, out var rid, out var repairedRid);
        if (found is null)
        {
            return PacketFault.RtpUnknownTrack;
        }

        var payloadType = header.PayloadType;
        isRetransmission = found.Media.Codecs.Any(codec => codec.RtxPayloadType == payloadType);
        if (!isRetransmission)
        {
            if (!found.Media.Codecs.Any(codec => codec.PayloadType == payloadType) || !IsExpectedRid(found, rid))
            {
                return PacketFault.RtpUnknownTrack;
            }

            var former = found.Layers.Find(each => string.Equals(each.Rid, rid, StringComparison.Ordinal));
            if (former is null ? found.Layers.Count >= MaxLayersPerTrack : !TryRetire(former, now))
            {
                return PacketFault.RtpUnknownTrack;
            }

            layer = AddLayer(found, header.Ssrc, rid, rtxSsrc: 0, now);
            return PacketFault.None;
        }

        var repaired = found.Layers.Find(each =>
            each.RtxSsrc == 0 && string.Equals(each.Rid, repairedRid, StringComparison.Ordinal)
        );
        if (repaired is null)
        {
            return PacketFault.RtpUnknownTrack;
        }

        repaired.RtxSsrc = header.Ssrc;
        _byRtxSsrc[header.Ssrc] = repaired;
        layer = repaired;
        return PacketFault.None;
    }

    private Track? FindTrack(in RtpHeader header, out string? rid, out string? repairedRid)
    {
        (rid, repairedRid) = (null, null);
        foreach (var track in _expected)
        {
            var extensions = HeaderExtensions.Read(header, track.Extensions);
            if (Matches(extensions.Mid, track.Mid))
            {
                rid = TextOf(extensions.Rid);
                repairedRid = TextOf(extensions.RepairedRid);
                return track;
            }
        }

        var payloadType = header.PayloadType;
        var byPayloadType = _expected
            .Where(track => track.Media.Published!.Ssrcs.Count == 0 && track.Layers.Count == 0)
            .Where(track => track.Media.Codecs.Any(codec => codec.PayloadType == payloadType))
            .Take(2)
            .ToList();
        return byPayloadType.Count == 1 && !HasMid(header, byPayloadType[0]) ? byPayloadType[0] : null;
    }

    private static bool HasMid(in RtpHeader header, Track track) =>
        HeaderExtensions.Read(header, track.Extensions).Mid.Length > 0;

    private static bool IsExpectedRid(Track track, string? rid)
    {
        var rids = track.Media.Published!.Rids;
        return rids.Count == 0
            ? track.Layers.Count == 0 || rid is null
            : rid is not null && rids.Contains(rid, StringComparer.Ordinal);
    }

    // RFC 8843 section 9.2: a new SSRC with a known MID is the same m-line's. Its sender has begun anew, if the former one
    // has fallen silent.
    private bool TryRetire(Layer former, MonotonicTime now)
    {
        if (now - former.LastPacket < SilenceOfFormer)
        {
            return false;
        }

        _ = _bySsrc.Remove(former.Ssrc);
        _ = _byRtxSsrc.Remove(former.RtxSsrc);
        _ = former.Track.Layers.Remove(former);
        former.ForgetSlots();
        return true;
    }

    private Layer AddLayer(Track track, uint ssrc, string? rid, uint rtxSsrc, MonotonicTime now)
    {
        var layer = new Layer(track, ssrc, rid, context) { RtxSsrc = rtxSsrc, LastPacket = now };
        _bySsrc.Add(ssrc, layer);
        if (rtxSsrc != 0)
        {
            _byRtxSsrc[rtxSsrc] = layer;
        }

        track.Layers.Add(layer);
        peer.CheckLayers(now);
        peer.WakeAt(now);
        return layer;
    }

    private static uint RtxOf(PublishedParameters published, int position) =>
        position < published.RtxSsrcs.Count ? published.RtxSsrcs[position] : 0;

    private static int IndexOf(IReadOnlyList<uint> ssrcs, uint ssrc)
    {
        for (var i = 0; i < ssrcs.Count; i++)
        {
            if (ssrcs[i] == ssrc)
            {
                return i;
            }
        }

        return -1;
    }

    private static bool Matches(ReadOnlySpan<byte> value, string text)
    {
        if (value.Length != text.Length)
        {
            return false;
        }

        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] != text[i])
            {
                return false;
            }
        }

        return true;
    }

    private static string? TextOf(ReadOnlySpan<byte> value) =>
        value.Length is 0 or > MaxIdLength ? null : Encoding.ASCII.GetString(value);
}
