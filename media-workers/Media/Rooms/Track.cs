using EventMeet.Media.Codecs;
using EventMeet.Media.Links;
using EventMeet.Media.Peers;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms;

/// <summary>One audio or video source arriving from a peer: one m-line that it publishes.</summary>
/// <param name="publisher">Whose it is.</param>
/// <param name="media">Its m-line.</param>
internal sealed class Track(IMember publisher, MediaParameters media)
{
    // A layer that is so far behind a smaller one is switched off at the publisher. Layers of one picture come together,
    // however seldom it changes, so this need not be long.
    private static readonly TimeSpan QuietLayer = TimeSpan.FromMilliseconds(750);

    // Browsers stop the larger layers first, but leave out pictures of whichever has spent its rate: a smaller one that
    // is behind has most likely not stopped, and whoever watches it may have no room for more.
    private static readonly TimeSpan QuietSmallLayer = TimeSpan.FromSeconds(3);

    public IMember Publisher { get; } = publisher;

    public string Id { get; } = media.Published!.Track;

    public string Mid { get; } = media.Mid;

    public MediaKind Kind { get; } = media.Kind;

    public TrackSource Source { get; } = media.Source;

    /// <summary>Gets the m-line as negotiated.</summary>
    public MediaParameters Media { get; } = media;

    /// <summary>Gets the RTP clock in Hz; of all codecs of one kind that we take it is the same.</summary>
    public int ClockRate { get; } = media.Codecs.Count > 0 ? media.Codecs[0].ClockRate : 90_000;

    public HeaderExtensionMap Extensions { get; } = HeaderExtensionMap.FromUris(media.Extensions);

    /// <summary>Gets the layers seen so far.</summary>
    public List<Layer> Layers { get; } = [];

    /// <summary>Gets what is known of its loudness; null for video.</summary>
    public SpeakerObserver.Voice? Voice { get; private set; }

    /// <summary>Gets the codec of the packets; null before the first packet.</summary>
    public CodecParameters? Codec { get; private set; }

    /// <summary>Gets the codec of the newest packets.</summary>
    public CodecKind CodecKind { get; private set; }

    /// <summary>Gets or sets a value indicating whether the publisher, or a moderator, has muted it: nothing is forwarded.</summary>
    public bool IsMuted { get; set; }

    /// <summary>Gets or sets how many relays carry it: then its packets are kept, as a relay has any codec's losses repaired.</summary>
    public int RelayCount { get; set; }

    /// <summary>Gets a value indicating whether others may know of it: packets have come.</summary>
    public bool IsPublished => Codec is not null;

    /// <summary>Notes the first packet's codec: from here on the track is published.</summary>
    public void Publish(CodecParameters codec)
    {
        Codec = codec;
        CodecKind = CodecKinds.FromName(codec.Name);
        var isHeardElsewhere = Publisher is RemoteMember;
        Voice = Kind is MediaKind.Audio ? new SpeakerObserver.Voice(this, isHeardElsewhere) : null;
    }

    /// <summary>
    /// Chooses the layer for a wanted height: the smallest that is at least as high, else the highest. Layers that have
    /// gone quiet do not count while another has not.
    /// </summary>
    /// <param name="wantedHeight">Pixels; null wants the highest.</param>
    public Layer? LayerFor(int? wantedHeight)
    {
        NoteQuietLayers();
        Layer? best = null;
        foreach (var layer in Layers)
        {
            if (!layer.IsQuiet && (best is null || IsBetter(layer, best, wantedHeight ?? int.MaxValue)))
            {
                best = layer;
            }
        }

        return best;
    }

    /// <summary>Finds the next larger layer.</summary>
    /// <param name="below">The one to go up from; null for the smallest of all.</param>
    /// <param name="best">None is larger than that.</param>
    /// <param name="now">The time.</param>
    /// <returns>Null when there is none.</returns>
    public Layer? LayerAbove(Layer? below, Layer best, MonotonicTime now)
    {
        Layer? found = null;
        foreach (var layer in Layers)
        {
            var isCandidate =
                !layer.IsQuiet && !layer.IsAbove(best, now) && (below is null || layer.IsAbove(below, now));
            if (isCandidate && (found is null || found.IsAbove(layer, now)))
            {
                found = layer;
            }
        }

        return found;
    }

    /// <summary>Notes which layers have gone quiet; of layers that come over a link the other end says it.</summary>
    public void NoteQuietLayers()
    {
        foreach (var layer in Layers)
        {
            if (!layer.IsLinked)
            {
                layer.IsQuiet = IsQuiet(layer);
            }
        }
    }

    private bool IsQuiet(Layer layer)
    {
        foreach (var other in Layers)
        {
            var isSmaller = other.Height < layer.Height || other.Height == 0 || layer.Height == 0;
            if (other.LastPacket - layer.LastPacket >= (isSmaller ? QuietLayer : QuietSmallLayer))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsBetter(Layer layer, Layer than, int wanted) =>
        than.Height >= wanted ? layer.Height >= wanted && layer.Height < than.Height : layer.Height > than.Height;
}
