using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using EventMeet.Media.Feedback;
using EventMeet.Media.Peers;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms;

/// <summary>
/// One receiving m-line of a session, or one track of a relay, and what carries a track to it. It changes its track at a key frame; until that
/// comes it goes on carrying the old one for a while.
/// </summary>
internal sealed class Slot
{
    // A picture that stands still for longer than this is worse than none.
    private static readonly TimeSpan LongestOverlap = TimeSpan.FromMilliseconds(500);

    private readonly SlotParameters _parameters;

    public Slot(Subscriber subscriber, MediaParameters media)
    {
        Subscriber = subscriber;
        Media = media;
        _parameters = media.Slot!;
        FirstNumber = FirstSequenceNumber();
        MidBytes = Encoding.ASCII.GetBytes(media.Mid);
        CnameBytes = Encoding.ASCII.GetBytes(_parameters.Cname);
        Extensions = HeaderExtensionMap.FromUris(media.Extensions);
        Header = new SlotHeader(Ssrc, Extensions, MidBytes);
        ClockRate = media.Codecs.Count > 0 ? media.Codecs[0].ClockRate : 90_000;
        Statistics = new SendStatistics(ClockRate);
        Rewriter = new SlotRewriter(
            ClockRate,
            marksTalkspurts: media.Kind is MediaKind.Audio,
            FirstNumber,
            BinaryPrimitives.ReadUInt32BigEndian(RandomNumberGenerator.GetBytes(sizeof(uint))),
            media.Kind is MediaKind.Audio ? SlotRewriter.AudioHistory : SlotRewriter.VideoHistory
        );
    }

    public Subscriber Subscriber { get; }

    public MediaParameters Media { get; }

    public string Mid => Media.Mid;

    public MediaKind Kind => Media.Kind;

    /// <summary>Gets the MID as it goes into packets.</summary>
    public byte[] MidBytes { get; }

    public uint Ssrc => _parameters.Ssrc;

    /// <summary>Reads what the next packet needs, so that it is in the processor's cache.</summary>
    /// <returns>Nothing of use; it keeps the reads from being left out.</returns>
    public int Warm() => Rewriter.Warm() + Header.Warm() + (int)Statistics.PacketCount + Subscriber.Outlet.Warm();

    /// <summary>Gets the sequence number of the first packet.</summary>
    public SequenceNumber FirstNumber { get; }

    public uint RtxSsrc => _parameters.RtxSsrc;

    /// <summary>Gets the canonical name as it goes into reports.</summary>
    public byte[] CnameBytes { get; }

    /// <summary>Gets the RTP clock in Hz.</summary>
    public int ClockRate { get; }

    public HeaderExtensionMap Extensions { get; }

    /// <summary>Gets what writes the headers of its packets.</summary>
    public SlotHeader Header { get; }

    public SlotRewriter Rewriter { get; }

    public SendStatistics Statistics { get; }

    /// <summary>Gets the payload type of the codec that it carries now.</summary>
    public byte PayloadType { get; private set; }

    /// <summary>Gets the retransmission stream; null when RTX was not negotiated.</summary>
    public RtxWriter? Rtx { get; private set; }

    /// <summary>Gets or sets what the page asked for; null lets the room choose.</summary>
    public SlotPin? Pin { get; set; }

    /// <summary>Gets or sets the height at which the page shows it, in pixels; null for as high as there is.</summary>
    public int? WantedHeight { get; set; }

    /// <summary>Gets the track that it shall carry; null for none.</summary>
    public Track? Wanted { get; private set; }

    /// <summary>Gets the layer of the wanted track that the subscriber's path has room for; null while nothing limits it.</summary>
    public Layer? Allowed { get; private set; }

    /// <summary>Gets or sets when it may have a larger layer again.</summary>
    public MonotonicTime MayRiseAt { get; set; } = MonotonicTime.Zero;

    /// <summary>Gets the layer whose packets it forwards; null while it is silent.</summary>
    public Layer? Carried { get; private set; }

    /// <summary>Gets the layer whose next key frame it waits for; null when it waits for none.</summary>
    public Layer? Awaited { get; private set; }

    /// <summary>Gets when it has waited long enough with the old picture; never when it does not wait.</summary>
    public MonotonicTime NextTimeout { get; private set; } = MonotonicTime.Never;

    /// <summary>Gets the payload type and the like for a codec; null when the subscriber did not negotiate it.</summary>
    public CodecParameters? CodecFor(string name)
    {
        foreach (var codec in Media.Codecs)
        {
            if (codec.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return codec;
            }
        }

        return null;
    }

    /// <summary>Says which track to carry from now on.</summary>
    /// <param name="track">The track; null for none.</param>
    /// <param name="now">The time.</param>
    /// <returns>True when what the page sees has changed at once.</returns>
    public bool Carry(Track? track, MonotonicTime now)
    {
        if (track == Wanted)
        {
            return false;
        }

        (Wanted, Allowed) = (track, null);
        StopAwaiting();
        if (track is null)
        {
            return Release();
        }

        Choose(now);
        return false;
    }

    /// <summary>The subscriber's path has room for this layer of the wanted track.</summary>
    public void Allow(Layer layer, MonotonicTime now)
    {
        Allowed = layer;
        Choose(now);
    }

    /// <summary>Chooses among the wanted track's layers, again whenever they or the wanted height change.</summary>
    public void Choose(MonotonicTime now)
    {
        var layer = Preferred(now);
        if (layer is null || layer == Awaited)
        {
            return;
        }

        StopAwaiting();
        if (layer == Carried)
        {
            return;
        }

        Awaited = layer;
        layer.Attach(this);
        layer.RequestKeyFrame(now);
        NextTimeout = Carried is null || Carried.Track == layer.Track ? MonotonicTime.Never : now + LongestOverlap;
        Subscriber.WakeAt(NextTimeout);
    }

    /// <summary>The awaited layer's key frame is here: carries it from this packet on.</summary>
    /// <returns>True when the page sees another track now.</returns>
    public bool Switch()
    {
        var (old, layer) = (Carried, Awaited!);
        old?.Detach(this);
        Carried = layer;
        Awaited = null;
        NextTimeout = MonotonicTime.Never;
        if (layer.Track.Codec is { } codec && CodecFor(codec.Name) is { } negotiated)
        {
            PayloadType = negotiated.PayloadType;
            if (Rtx is null && RtxSsrc != 0 && negotiated.RtxPayloadType is { } rtxPayloadType)
            {
                Rtx = new RtxWriter(RtxSsrc, rtxPayloadType, FirstSequenceNumber());
            }
        }

        return old?.Track != layer.Track;
    }

    /// <summary>Lets the old picture go when the new one has not come.</summary>
    /// <returns>True when the page sees the slot empty now.</returns>
    public bool Advance(MonotonicTime now)
    {
        if (now < NextTimeout)
        {
            return false;
        }

        NextTimeout = MonotonicTime.Never;
        return Release();
    }

    /// <summary>A layer is gone, because its publisher is.</summary>
    /// <returns>True when the page sees the slot empty now.</returns>
    public bool Forget(Layer layer)
    {
        if (Awaited == layer)
        {
            StopAwaiting();
        }

        return Carried == layer && Release();
    }

    // RFC 3550 section 5.1 wants chance; RFC 3711 section 3.3.1 wants it well before the wrap.
    private static SequenceNumber FirstSequenceNumber() => new((ushort)RandomNumberGenerator.GetInt32(0x8000));

    // A path that is narrow is spared until it is divided anew.
    private Layer? Preferred(MonotonicTime now)
    {
        var best = Wanted?.LayerFor(WantedHeight);
        if (best is null || Subscriber.Bandwidth.Estimate is null || Kind is MediaKind.Audio)
        {
            return best;
        }

        return Allowed is { IsQuiet: false } && !Allowed.IsAbove(best, now)
            ? Allowed
            : best.Track.LayerAbove(null, best, now);
    }

    private bool Release()
    {
        if (Carried is null)
        {
            return false;
        }

        Carried.Detach(this);
        Carried = null;
        Rewriter.Pause();
        return true;
    }

    private void StopAwaiting()
    {
        NextTimeout = MonotonicTime.Never;
        if (Awaited is not null)
        {
            Awaited.Detach(this);
            Awaited = null;
        }
    }
}
