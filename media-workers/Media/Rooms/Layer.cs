using EventMeet.Media.Feedback;
using EventMeet.Media.Peers;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms;

/// <summary>One stream of a track as it arrives: the track's only one, or one of its simulcast encodings.</summary>
internal sealed class Layer
{
    private readonly int _slack;

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

    /// <summary>Gets or sets the picture's height as the last key frame said; 0 until one came.</summary>
    public int Height { get; set; }

    /// <summary>Gets or sets when the newest packet came.</summary>
    public MonotonicTime LastPacket { get; set; }

    /// <summary>Asks the publisher for a key frame, unless it was asked just now.</summary>
    public void RequestKeyFrame(MonotonicTime now)
    {
        if (Track.Kind is MediaKind.Video)
        {
            KeyFrames.HandleRequest();
            Track.Publisher.WakeAt(now);
        }
    }
}
