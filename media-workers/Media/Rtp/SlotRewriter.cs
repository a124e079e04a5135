using System.Diagnostics;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rtp;

/// <summary>
/// Keeps a slot's stream unbroken while the source behind it changes. Sequence numbers, timestamps, and VP8's picture id,
/// TL0PICIDX and KEYIDX go on as if one encoder made them: what is dropped on purpose leaves no trace, what was lost
/// stays missing so that it can be asked for. Sources are told apart by a tag of the caller's choice.
/// </summary>
internal sealed class SlotRewriter
{
    /// <summary>In packets: 4 s at 2.5 Mbit/s, longer than anybody asks for one again.</summary>
    public const int VideoHistory = 1024;

    /// <summary>In packets: 5 s at 20 ms each.</summary>
    public const int AudioHistory = 256;

    // As many frames as can be under way at once, and then some.
    private const int PictureHistory = 128;
    private const int PictureIdMask = 0x7FFF;
    private const int MaxRetransmissions = 10;

    // 20 ms: a frame of audio; for video a step that no encoder undercuts.
    private const int FramesPerSecond = 50;

    // A translated timestamp that is farther ahead of the clock than this is a wrong sender report.
    private static readonly TimeSpan MaxLead = TimeSpan.FromSeconds(1);

    private readonly int _clockRate;
    private readonly bool _marksTalkspurts;
    private readonly int _history;
    private readonly SequenceNumber _first;

    // Made with the first packet: an unused slot costs nothing.
    private NumberLine? _packets;
    private NumberLine? _pictures;
    private Sent[] _sent = [];

    private int _tag;
    private bool _running;
    private long _runFirst;
    private uint _timestampOffset;
    private uint _newestTimestamp;
    private MonotonicTime _newestTimestampAt;
    private bool _atFrameEnd;

    private long _newestSourcePicture;
    private byte _tl0Offset;
    private byte _newestTl0;
    private byte _keyIndexOffset;
    private byte _newestKeyIndex;

    /// <summary>Makes a stream without a source.</summary>
    /// <param name="clockRate">Of the timestamps, Hz.</param>
    /// <param name="marksTalkspurts">Audio: the first packet of each source carries the M bit (RFC 3551 section 4.1).</param>
    /// <param name="first">The first sequence number, by chance (RFC 3550 section 5.1), in the lower half (RFC 3711 section 3.3.1 guesses the rollover counter from it).</param>
    /// <param name="firstTimestamp">By chance.</param>
    /// <param name="history">How many packets can be mapped back, a power of two.</param>
    public SlotRewriter(
        int clockRate,
        bool marksTalkspurts,
        SequenceNumber first,
        uint firstTimestamp,
        int history = VideoHistory
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(clockRate);
        _clockRate = clockRate;
        _marksTalkspurts = marksTalkspurts;
        _first = first;
        _newestTimestamp = firstTimestamp;
        _history = history;
    }

    /// <summary>Reads what the next packet needs, so that it is in the processor's cache.</summary>
    /// <returns>Nothing of use; it keeps the reads from being left out.</returns>
    public int Warm() => _packets is null ? 0 : _packets.Warm() + _sent[(_packets.Newest + 1) & (_history - 1)].Tag;

    /// <summary>Gets the newest number given; null before the first.</summary>
    public SequenceNumber? Newest => _packets is null ? null : new PacketIndex(_packets.Newest).SequenceNumber;

    /// <summary>Gets the source that is carried; null when there is none.</summary>
    public int? Tag => _running ? _tag : null;

    /// <summary>Goes on with this packet, the first of a key frame (or any audio packet), as the next one. Map it afterwards.</summary>
    /// <param name="tag">The source. When it is the same as before, timestamps simply go on.</param>
    /// <param name="packet">Nothing before it in the source will be mapped any more.</param>
    /// <param name="now">How far the timestamps jump is how long nothing was sent.</param>
    /// <param name="equivalent">If known, what the timestamp would be in the previous source (two layers of one encoder, see <see cref="TimestampTranslation"/>): exact where the clock is blurred by the network.</param>
    public void SwitchTo(int tag, in SourcePacket packet, MonotonicTime now, uint? equivalent = null)
    {
        var isFirst = _packets is null;
        var packets = _packets ??= new(_history, _first.Value);
        var pictures = _pictures ??= new(PictureHistory, _first.Value & PictureIdMask);
        if (isFirst)
        {
            _sent = new Sent[_history];
            _timestampOffset = _newestTimestamp - packet.Timestamp;
        }
        else if (!IsNext(equivalent ?? (tag == _tag ? packet.Timestamp : null), now, out var timestamp))
        {
            _timestampOffset = _newestTimestamp + Elapsed(now) - packet.Timestamp;
        }
        else
        {
            _timestampOffset = timestamp - packet.Timestamp;
        }

        packets.Start(packet.Index.Value);
        _newestSourcePicture = packet.Descriptor.PictureId;
        pictures.Start(_newestSourcePicture);
        _tl0Offset = (byte)(_newestTl0 + 1 - packet.Descriptor.Tl0PictureIndex);
        _keyIndexOffset = (byte)(_newestKeyIndex + 1 - packet.Descriptor.KeyIndex);
        _runFirst = packets.Newest + 1;
        _tag = tag;
        _running = true;
    }

    /// <summary>Carries nothing until the next <see cref="SwitchTo"/>.</summary>
    public void Pause() => _running = false;

    /// <summary>The numbers that a packet leaves with.</summary>
    /// <param name="tag">Its source.</param>
    /// <param name="packet">In any order, and more than once: the same packet gets the same numbers.</param>
    /// <param name="now">When it is sent.</param>
    /// <param name="outgoing">The slot's numbers.</param>
    /// <returns>False for a packet of another source, from before the switch, one that was dropped, or one too old to have a place.</returns>
    public bool TryMap(int tag, in SourcePacket packet, MonotonicTime now, out SlotPacket outgoing)
    {
        outgoing = default;
        if (!_running || tag != _tag || !_packets!.TryMap(packet.Index.Value, out var index))
        {
            return false;
        }

        var timestamp = packet.Timestamp + _timestampOffset;
        if ((int)(timestamp - _newestTimestamp) > 0 || index == _runFirst)
        {
            _newestTimestamp = timestamp;
            _newestTimestampAt = now;
        }

        if (index == _packets.Newest)
        {
            _atFrameEnd = packet.Marker;
        }

        var marker = packet.Marker || (_marksTalkspurts && index == _runFirst);
        outgoing = MapPicture(new(new(index), timestamp, marker), packet);
        _sent[index & (_history - 1)] = new(outgoing, tag);
        return true;
    }

    /// <summary>Leaves a packet out: a layer that is not wanted, or padding alone. What follows closes up.</summary>
    /// <param name="tag">Its source; nothing happens unless it is the one carried.</param>
    /// <param name="packet">May be dropped twice.</param>
    /// <param name="hole">A number that the subscriber will miss because later packets left first. A packet of padding alone fills it.</param>
    /// <returns>True when there is such a hole.</returns>
    public bool TryDrop(int tag, in SourcePacket packet, out SlotPacket hole)
    {
        hole = default;
        if (!_running || tag != _tag)
        {
            return false;
        }

        if (packet.Descriptor.PictureIdBits != 0)
        {
            _ = _pictures!.TryDrop(UnwrapPicture(packet), out _);
        }

        if (!_packets!.TryDrop(packet.Index.Value, out var index))
        {
            return false;
        }

        hole = new(new(index), packet.Timestamp + _timestampOffset, Marker: false);
        return true;
    }

    /// <summary>The numbers for a packet of padding of the slot's own, to probe with. Only between frames: padding inside one would tear it.</summary>
    public bool TryInsertPadding(out SlotPacket padding)
    {
        padding = default;
        if (_packets is null || !_atFrameEnd)
        {
            return false;
        }

        padding = new(new(_packets.Insert()), _newestTimestamp, Marker: false);
        return true;
    }

    /// <summary>What the source's timestamp is in the slot's stream; for sender reports. Right for the source carried now.</summary>
    public uint MapTimestamp(uint timestamp) => timestamp + _timestampOffset;

    /// <summary>Finds the packet behind a sequence number that the subscriber asks for.</summary>
    /// <returns>False when it is too old, was dropped, or never given.</returns>
    public bool TryMapBack(SequenceNumber outgoing, out SlotHistory packet)
    {
        packet = default;
        if (_packets is null)
        {
            return false;
        }

        var index = new PacketIndex(Math.Max(_packets.Newest, 0)).Unwrap(outgoing).Value;
        if (!_packets.TryMapBack(index, out var source, out var wasSent))
        {
            return false;
        }

        ref readonly var sent = ref _sent[index & (_history - 1)];
        Debug.Assert(!wasSent || sent.IsAt(new(index)), "A number that was given has an entry.");
        packet = wasSent
            ? new(new(source), sent.Tag, sent.PacketAt(index), WasSent: true)
            : new(new(source), _tag, default, WasSent: false);
        return wasSent || _running;
    }

    /// <summary>Asks for leave to send a packet again: not within a round trip of the last time, and ten times at most.</summary>
    /// <param name="packet">From <see cref="TryMapBack"/>.</param>
    /// <param name="now">Now.</param>
    /// <param name="roundTrip">An answer cannot have arrived sooner.</param>
    public bool TryClaimRetransmission(in SlotHistory packet, MonotonicTime now, TimeSpan roundTrip)
    {
        if (!packet.WasSent)
        {
            return false;
        }

        ref var sent = ref _sent[packet.Packet.Index.Value & (_history - 1)];
        var milliseconds = (uint)(now.Microseconds / 1000);
        var tooSoon =
            sent.Retransmissions > 0 && milliseconds - sent.RetransmittedAtMilliseconds < roundTrip.TotalMilliseconds;
        if (!sent.IsAt(packet.Packet.Index) || tooSoon || sent.Retransmissions >= MaxRetransmissions)
        {
            return false;
        }

        sent.Retransmissions++;
        sent.RetransmittedAtMilliseconds = milliseconds;
        return true;
    }

    private SlotPacket MapPicture(SlotPacket outgoing, in SourcePacket packet)
    {
        if (packet.Descriptor.Length == 0)
        {
            return outgoing;
        }

        var pictureId = packet.Descriptor.PictureIdBits == 0 ? 0 : MapPictureId(outgoing.Index, packet);
        var tl0 = (byte)(packet.Descriptor.Tl0PictureIndex + _tl0Offset);
        _newestTl0 = (sbyte)(tl0 - _newestTl0) > 0 ? tl0 : _newestTl0;
        var keyIndex = (byte)((packet.Descriptor.KeyIndex + _keyIndexOffset) & 0x1F);
        _newestKeyIndex = ((keyIndex - _newestKeyIndex) & 0x1F) is > 0 and < 16 ? keyIndex : _newestKeyIndex;
        return outgoing with
        {
            PictureId = (ushort)(pictureId & PictureIdMask),
            Tl0PictureIndex = tl0,
            KeyIndex = keyIndex,
        };
    }

    private long MapPictureId(PacketIndex index, in SourcePacket packet)
    {
        var source = UnwrapPicture(packet);
        if (_pictures!.TryMap(source, out var mapped))
        {
            return mapped;
        }

        if (index.Value < _packets!.Newest)
        {
            // A late packet of a frame that was dropped, or is long gone: near enough, no decoder will want it.
            return _pictures.Newest;
        }

        // In turn, but with a picture id from the past: the encoder began to count anew.
        _newestSourcePicture = source;
        _pictures.Start(source);
        _ = _pictures.TryMap(source, out mapped);
        return mapped;
    }

    // The nearest number to the newest picture that ends in the id's 7 or 15 bits.
    private long UnwrapPicture(in SourcePacket packet)
    {
        var bits = packet.Descriptor.PictureIdBits;
        var shift = 32 - bits;
        var distance = (int)((packet.Descriptor.PictureId - (uint)_newestSourcePicture) << shift) >> shift;
        var unwrapped = _newestSourcePicture + distance;
        _newestSourcePicture = Math.Max(_newestSourcePicture, unwrapped);
        return unwrapped;
    }

    private uint Elapsed(MonotonicTime now)
    {
        var ticks = (now - _newestTimestampAt).Ticks / (double)TimeSpan.TicksPerSecond * _clockRate;
        return (uint)(long)Math.Max(ticks, _clockRate / FramesPerSecond);
    }

    // Is the timestamp, taken for one of the previous source, a plausible next one?
    private bool IsNext(uint? sourceTimestamp, MonotonicTime now, out uint timestamp)
    {
        timestamp = sourceTimestamp.GetValueOrDefault() + _timestampOffset;
        var step = (int)(timestamp - _newestTimestamp);
        if (sourceTimestamp is not null && step <= 0 && step > -_clockRate)
        {
            // Another layer's picture of this instant, or of a later one, has left already: the smallest step forward.
            timestamp = _newestTimestamp + 1;
            return true;
        }

        return sourceTimestamp is not null && step > 0 && step <= Elapsed(now + MaxLead);
    }

    /// <summary>What was sent under a number; 24 bytes, so that a slot's history stays small.</summary>
    private struct Sent(in SlotPacket packet, int tag)
    {
        private readonly uint _index = (uint)packet.Index.Value;
        private readonly uint _timestamp = packet.Timestamp;
        private readonly ushort _pictureId = packet.PictureId;
        private readonly byte _tl0PictureIndex = packet.Tl0PictureIndex;
        private readonly byte _keyIndex = packet.KeyIndex;
        private readonly bool _marker = packet.Marker;

        public int Tag { get; } = tag;

        public uint RetransmittedAtMilliseconds { get; set; }

        public byte Retransmissions { get; set; }

        public readonly bool IsAt(PacketIndex index) => _index == (uint)index.Value;

        public readonly SlotPacket PacketAt(long index) =>
            new(new(index), _timestamp, _marker, _pictureId, _tl0PictureIndex, _keyIndex);
    }
}
