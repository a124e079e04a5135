using System.Buffers;
using EventMeet.Media.Codecs;
using EventMeet.Media.Packets;
using EventMeet.Recorder.Bitstreams;
using EventMeet.Recorder.Containers;

namespace EventMeet.Recorder.Depacketization;

/// <summary>VP8: the payloads behind the descriptors, one after the other (RFC 7741 section 4).</summary>
internal sealed class Vp8Depacketizer : VideoDepacketizer
{
    private PictureSize _size;
    private bool _isKeyFrame;

    /// <inheritdoc/>
    protected override void Reset() => _isKeyFrame = false;

    /// <inheritdoc/>
    protected override PacketFault Append(ReadOnlySpan<byte> payload)
    {
        var fault = Vp8Descriptor.TryParse(payload, out var descriptor);
        if (fault != PacketFault.None)
        {
            return fault;
        }

        var isFirst = Frame.WrittenCount == 0;
        if (isFirst != descriptor.StartsFrame)
        {
            return PacketFault.RtpMalformedPayload;
        }

        if (descriptor.StartsKeyFrame)
        {
            _isKeyFrame = descriptor.TryReadSize(payload, out var width, out var height);
            _size = new(width, height);
            if (!_isKeyFrame)
            {
                return PacketFault.RtpMalformedPayload;
            }
        }

        Frame.Write(payload[descriptor.Length..]);
        return PacketFault.None;
    }

    /// <inheritdoc/>
    protected override bool TryComplete(out bool isKeyFrame)
    {
        isKeyFrame = _isKeyFrame;
        return true;
    }

    /// <inheritdoc/>
    protected override bool TryDescribe(out TrackFormat format, out PictureSize size)
    {
        (format, size) = (TrackFormat.Vp8(_size), _size);
        return true;
    }
}
