using EventMeet.Media.Feedback;
using EventMeet.Media.Links;
using EventMeet.Media.Packets;
using EventMeet.Media.Peers;
using EventMeet.Media.Srtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms;

/// <summary>One stream of a track as it arrives: the track's only one, or one of its simulcast encodings.</summary>
internal sealed class Layer
{
    private readonly int _slack;
    private ReplayWindow? _taken;

    public Layer(Track track, uint ssrc, string? rid, EngineContext context)
    {
        (Track, Ssrc, Rid) = (track, ssrc, rid);
        _slack = context.Options.MaxPadding;
        Tag = context.NextLayerTag();
        Statistics = new ReceiveStatistics(ssrc, track.ClockRate);
    }

    /// <summary>Gets what a slot's history knows it by.</summary>
    public int Tag { get; }

    public Track Track { get; }

    public uint Ssrc { get; }

    /// <summary>Gets the restriction id of a simulcast encoding; null when there is none.</summary>
    public string? Rid { get; }

    /// <summary>Gets or sets the SSRC of its retransmissions; 0 until known.</summary>
    public uint RtxSsrc { get; set; }

    public ReceiveStatistics Statistics { get; }

    public NackTracker Nacks { get; } = new();

    public KeyFrameRequester KeyFrames { get; } = new();

    /// <summary>Gets the newest packets in plain text, without the publisher's padding: what slots are sent from.</summary>
    public PacketCache Cache =>
        field ??= Track.Kind is MediaKind.Video ? PacketCache.ForVideo(_slack) : PacketCache.ForAudio();

    /// <summary>Gets the packets of the newest picture that wait for its last one.</summary>
    public GatheredFrame Frame { get; } = new();

    /// <summary>Gets the slots that carry this layer or wait for its next key frame.</summary>
    public List<Slot> Slots { get; } = [];

    /// <summary>Gets the links whose other ends want its packets.</summary>
    public List<Link> Links { get; } = [];

    /// <summary>Gets a value indicating whether anybody wants its packets.</summary>
    public bool IsWanted => Slots.Count + Links.Count > 0;

    /// <summary>Gets what the engine calls it that has it from its publisher, or from nearer there; 0 when this one has.</summary>
    public int UpstreamTag { get; init; }

    /// <summary>Gets a value indicating whether its packets come over a link.</summary>
    public bool IsLinked => UpstreamTag != 0;

    /// <summary>Gets or sets a value indicating whether that engine has been asked for its packets.</summary>
    public bool IsAskedFor { get; set; }

    /// <summary>Gets or sets a value indicating whether it was far behind the track's others when last looked at: the publisher has stopped it.</summary>
    public bool IsQuiet { get; set; }

    /// <summary>Gets or sets the picture's height as the last key frame said; 0 until one came.</summary>
    public int Height { get; set; }

    /// <summary>Gets or sets when the newest packet came.</summary>
    public MonotonicTime LastPacket { get; set; }

    /// <summary>Gets what it costs to send.</summary>
    public LayerRate Rate { get; } = new();

    /// <summary>Says what it costs to send, as of now.</summary>
    public DataRate RateAt(MonotonicTime now) => Rate.At(Statistics, Height, now);

    /// <summary>Is it a larger picture than another layer of its track; where both are as high, does it cost more?</summary>
    public bool IsAbove(Layer other, MonotonicTime now) =>
        Height != other.Height && Height != 0 && other.Height != 0
            ? Height > other.Height
            : RateAt(now) > other.RateAt(now);

    /// <summary>Notes a packet, whether it came by itself or as a retransmission, of which browsers send many only to probe their path.</summary>
    /// <returns>False when it was here before, or is too old to know: it must not leave once more under the same number, which would use SRTP's key stream twice.</returns>
    public bool TryTake(PacketIndex index)
    {
        if (_taken is null)
        {
            _taken = new ReplayWindow(index.Value);
            return true;
        }

        if (_taken.Check(index.Value) is not PacketFault.None)
        {
            return false;
        }

        _taken.Accept(index.Value);
        return true;
    }

    /// <summary>Asks the publisher for a key frame, unless it was asked just now.</summary>
    public void RequestKeyFrame(MonotonicTime now)
    {
        if (Track.Kind is MediaKind.Video)
        {
            Track.Publisher.RequestKeyFrame(this, now);
        }
    }

    /// <summary>A slot wants its packets.</summary>
    public void Attach(Slot slot)
    {
        Slots.Add(slot);
        Track.Publisher.HandleDemand(this);
    }

    /// <summary>A slot wants its packets no more.</summary>
    public void Detach(Slot slot)
    {
        _ = Slots.Remove(slot);
        Track.Publisher.HandleDemand(this);
    }

    /// <summary>A link's other end wants its packets.</summary>
    public void Attach(Link link)
    {
        if (!Links.Contains(link))
        {
            Links.Add(link);
            Track.Publisher.HandleDemand(this);
        }
    }

    /// <summary>A link's other end wants its packets no more.</summary>
    public void Detach(Link link)
    {
        if (Links.Remove(link))
        {
            Track.Publisher.HandleDemand(this);
        }
    }

    /// <summary>Is it sent over a link?</summary>
    public bool IsSentOver(Link link) => Links.Contains(link);

    /// <summary>It is gone: slots that carry it or wait for it let go.</summary>
    public void ForgetSlots()
    {
        foreach (var slot in Slots.ToArray())
        {
            if (slot.Forget(this))
            {
                slot.Subscriber.NoteChanged(slot);
            }
        }
    }
}
