using System.Buffers;
using EventMeet.Media.Packets;
using EventMeet.Recorder.Bitstreams;
using EventMeet.Recorder.Containers;

namespace EventMeet.Recorder.Depacketization;

/// <summary>
/// What all video codecs have in common: a frame is the packets of one timestamp (RFC 3550 section 5.1), the last of which has
/// the marker. After a loss everything is left out until a key frame: a film that freezes is better than one that
/// is torn.
/// </summary>
internal abstract class VideoDepacketizer : Depacketizer
{
    // Far above any real frame: 4K key frames have about one million bytes.
    private const int MaxFrameLength = 8 << 20;

    private readonly ArrayBufferWriter<byte> _frame = new(16 << 10);
    private bool _open;
    private bool _broken;
    private bool _needsKeyFrame = true;
    private bool _hasMarkers;
    private long _timestamp;
    private int _length;

    /// <inheritdoc/>
    public override bool NeedsKeyFrame => _needsKeyFrame;

    /// <summary>Gets the frame as far as it has come.</summary>
    protected ArrayBufferWriter<byte> Frame => _frame;

    /// <inheritdoc/>
    public sealed override PacketFault HandlePacket(long timestamp, bool marker, ReadOnlySpan<byte> payload)
    {
        if (_open && timestamp != _timestamp)
        {
            // The sender sets no marker, for nothing is lost.
            End();
        }

        if (!_open)
        {
            Begin(timestamp);
        }

        var fault =
            _broken ? PacketFault.None // counted when it broke
            : (_length += payload.Length) > MaxFrameLength ? PacketFault.TooLarge
            : Append(payload);
        if (fault != PacketFault.None)
        {
            GiveUp();
        }

        if (marker)
        {
            _hasMarkers = true;
            End();
        }

        return fault;
    }

    /// <inheritdoc/>
    public sealed override void HandleLoss()
    {
        GiveUp();
        _open = false;
    }

    /// <inheritdoc/>
    public sealed override void Finish()
    {
        // The last packets of a frame may never have come, and then nothing shows that they are missing but the marker.
        if (_open && !_hasMarkers)
        {
            End();
        }

        _open = false;
    }

    /// <summary>A frame starts; forgets what is known of the last one.</summary>
    protected abstract void Reset();

    /// <summary>Takes a packet of the frame.</summary>
    protected abstract PacketFault Append(ReadOnlySpan<byte> payload);

    /// <summary>The frame's last packet has come; writes what belongs behind it.</summary>
    /// <param name="isKeyFrame">Can a decoder start here?</param>
    /// <returns>False when it is not whole.</returns>
    protected abstract bool TryComplete(out bool isKeyFrame);

    /// <summary>What a key frame says of the track.</summary>
    protected abstract bool TryDescribe(out TrackFormat format, out PictureSize size);

    private void Begin(long timestamp)
    {
        _open = true;
        _broken = false;
        _timestamp = timestamp;
        _length = 0;
        _frame.ResetWrittenCount();
        Reset();
    }

    private void End()
    {
        _open = false;
        if (_broken)
        {
            return;
        }

        if (!TryComplete(out var isKeyFrame))
        {
            GiveUp();
            return;
        }

        // Nothing but padding or parameter sets.
        if (_frame.WrittenCount == 0 || (_needsKeyFrame && !isKeyFrame))
        {
            return;
        }

        var (format, size) = (default(TrackFormat), default(PictureSize?));
        if (isKeyFrame)
        {
            if (!TryDescribe(out format, out var described))
            {
                GiveUp();
                return;
            }

            size = described;
            _needsKeyFrame = false;
        }

        HandOut(new(_timestamp, isKeyFrame, _frame.WrittenSpan.ToArray(), format, size));
    }

    private void GiveUp()
    {
        _broken = true;
        _needsKeyFrame = true;
    }
}
