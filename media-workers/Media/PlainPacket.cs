using EventMeet.Media.Codecs;
using EventMeet.Media.Packets;
using EventMeet.Media.Rooms;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Media;

/// <summary>
/// A packet in plain text on its way to the slots that want it: everything about it that is the same for all of them, found
/// out once. Its bytes lie in its layer's cache and must stay there meanwhile.
/// </summary>
internal readonly struct PlainPacket
{
    private readonly byte[] _ring;
    private readonly int _offset;
    private readonly int _headerLength;
    private readonly int _length;

    private PlainPacket(
        Layer layer,
        in SourcePacket source,
        bool isKeyFrame,
        int offset,
        in RtpHeader header,
        int length
    )
    {
        (_ring, _offset, _headerLength, _length) = (layer.Cache.Ring, offset, header.HeaderLength, length);
        (Source, IsKeyFrame) = (source, isKeyFrame);
        Descriptor = new Vp8DescriptorImage(source.Descriptor);
        CarriesExtensions = HeaderExtensions.AnyForwarded(header, layer.Track.Extensions);
    }

    /// <summary>Gets what a slot needs to know of it.</summary>
    public SourcePacket Source { get; }

    /// <summary>Gets a value indicating whether a slot may switch to its layer here.</summary>
    public bool IsKeyFrame { get; }

    /// <summary>Gets the payload descriptor as it leaves.</summary>
    public Vp8DescriptorImage Descriptor { get; }

    /// <summary>Gets a value indicating whether its header has extensions that subscribers may want.</summary>
    public bool CarriesExtensions { get; }

    /// <summary>Gets how many bytes the payload has, the publisher's padding left out.</summary>
    public int PayloadLength => _length - _headerLength;

    /// <summary>Gets a value indicating whether it is nothing but padding.</summary>
    public bool IsPadding => PayloadLength == 0;

    /// <summary>Gets the publisher's header.</summary>
    public RtpHeader Header
    {
        get
        {
            _ = RtpHeader.TryParse(_ring.AsSpan(_offset, _length), out var header);
            return header;
        }
    }

    /// <summary>Finds a packet in its layer's cache.</summary>
    /// <param name="layer">Where it came from.</param>
    /// <param name="index">Its unwrapped sequence number.</param>
    /// <param name="isKeyFrame">Whether a slot may switch to the layer here.</param>
    /// <param name="packet">Valid until the next packet is stored in the cache.</param>
    /// <returns>False when it is not there any more.</returns>
    public static bool TryFind(Layer layer, PacketIndex index, bool isKeyFrame, out PlainPacket packet)
    {
        packet = default;
        if (
            !layer.Cache.TryLocate(index, out var offset, out var length)
            || RtpHeader.TryParse(layer.Cache.Ring.AsSpan(offset, length), out var header) is not PacketFault.None
        )
        {
            return false;
        }

        var payload = layer.Cache.Ring.AsSpan(offset + header.HeaderLength, length - header.HeaderLength);
        if (SourcePacket.TryRead(layer.Track.CodecKind, header, payload, index, out var source) is not PacketFault.None)
        {
            return false;
        }

        packet = new PlainPacket(layer, source, isKeyFrame, offset, header, length);
        return true;
    }

    /// <summary>Gets the payload behind the descriptor, with zeros for padding behind it.</summary>
    /// <param name="padding">How many bytes of padding; the cache has that many zeros.</param>
    public Span<byte> Rest(int padding)
    {
        var skipped = _headerLength + Source.Descriptor.Length;
        return _ring.AsSpan(_offset + skipped, _length - skipped + padding);
    }
}
