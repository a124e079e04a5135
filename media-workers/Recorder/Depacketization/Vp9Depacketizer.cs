/*  VP9 bitstream specification annex B, superframe index, behind the frames of a picture with several spatial layers

    | 110 | bytes per size - 1 (2) | frames - 1 (3) | sizes, little-endian | the first byte again |
*/
using System.Buffers;
using System.Buffers.Binary;
using EventMeet.Media.Packets;
using EventMeet.Recorder.Bitstreams;
using EventMeet.Recorder.Containers;

namespace EventMeet.Recorder.Depacketization;

/// <summary>VP9: the frames of all spatial layers of a picture, as one superframe (RFC 9628 section 4).</summary>
internal sealed class Vp9Depacketizer : VideoDepacketizer
{
    private const int MaxLayers = 8;
    private const int BytesPerSize = 4;

    private readonly int[] _starts = new int[MaxLayers];
    private int _layers;
    private bool _inside;
    private bool _isKeyFrame;

    /// <inheritdoc/>
    protected override void Reset() => (_layers, _inside, _isKeyFrame) = (0, false, false);

    /// <inheritdoc/>
    protected override PacketFault Append(ReadOnlySpan<byte> payload)
    {
        var fault = Vp9Descriptor.TryParse(payload, out var descriptor);
        if (fault != PacketFault.None)
        {
            return fault;
        }

        if (descriptor.BeginsFrame == _inside || (descriptor.BeginsFrame && _layers == MaxLayers))
        {
            return PacketFault.RtpMalformedPayload;
        }

        if (descriptor.BeginsFrame)
        {
            _isKeyFrame |= _layers == 0 && !descriptor.IsPredicted && descriptor.SpatialLayer == 0;
            _starts[_layers++] = Frame.WrittenCount;
        }

        _inside = !descriptor.EndsFrame;
        Frame.Write(payload[descriptor.Length..]);
        return PacketFault.None;
    }

    /// <inheritdoc/>
    protected override bool TryComplete(out bool isKeyFrame)
    {
        isKeyFrame = _isKeyFrame;
        if (_inside)
        {
            return false;
        }

        if (_layers > 1)
        {
            WriteIndex();
        }

        return true;
    }

    /// <inheritdoc/>
    protected override bool TryDescribe(out TrackFormat format, out PictureSize size)
    {
        // The highest layer is what is seen; only the lowest has its size in the clear of a key frame's header, and
        // the others are predicted from it. A player takes the size from the frames.
        var fault = Vp9KeyFrameHeader.TryParse(Frame.WrittenSpan, out size);
        format = TrackFormat.Vp9(size);
        return fault == PacketFault.None;
    }

    private void WriteIndex()
    {
        var end = Frame.WrittenCount;
        var length = 2 + (_layers * BytesPerSize);
        var index = Frame.GetSpan(length);
        var marker = (byte)(0xC0 | ((BytesPerSize - 1) << 3) | (_layers - 1));
        index[0] = marker;
        for (var layer = 0; layer < _layers; layer++)
        {
            var next = layer + 1 < _layers ? _starts[layer + 1] : end;
            BinaryPrimitives.WriteInt32LittleEndian(index[(1 + (layer * BytesPerSize))..], next - _starts[layer]);
        }

        index[length - 1] = marker;
        Frame.Advance(length);
    }
}
