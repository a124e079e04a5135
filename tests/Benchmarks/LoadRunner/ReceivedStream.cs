using System.Buffers.Binary;
using EventMeet.Media.Codecs;
using EventMeet.Media.Feedback;
using EventMeet.Media.Packets;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;
using EventMeet.Testing.Peers;

namespace EventMeet.Benchmarks.LoadRunner;

/// <summary>One receiving m-line: counts what comes, asks for what is missing.</summary>
internal sealed class ReceivedStream(VirtualMedia media)
{
    // What has been seen of the newest packets, a bit each.
    private const int Window = 4096;

    // As https://www.w3.org/TR/webrtc-stats/#dom-rtcinboundrtpstreamstats-freezecount defines a freeze.
    private static readonly TimeSpan FreezeMargin = TimeSpan.FromMilliseconds(150);

    private readonly ulong[] _seen = new ulong[Window / 64];
    private PacketIndex _newest;
    private bool _started;
    private long _windowStart;
    private TimeSpan _averageGap = TimeSpan.FromMilliseconds(33);
    private MonotonicTime _lastFrame = MonotonicTime.Never;

    public VirtualMedia Media => media;

    public NackTracker Nacks { get; } = new();

    public ReceiveStatistics Statistics { get; } = new(media.SlotSsrc, media.Kind is MediaKind.Audio ? 48_000 : 90_000);

    public HeaderExtensionMap Extensions { get; } = media.ExtensionMap;

    public bool HasStarted => _started;

    /// <summary>Gets datagrams that came, repeated ones and retransmissions included.</summary>
    public long Datagrams { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>Gets different packets.</summary>
    public long Unique { get; private set; }

    public long Recovered { get; private set; }

    public long Reordered { get; private set; }

    public long Repeated { get; private set; }

    public long Frames { get; private set; }

    public long Freezes { get; private set; }

    public TimeSpan Frozen { get; private set; }

    /// <summary>Gets packets that never came.</summary>
    public long Lost => _started ? Math.Max(0, _newest.Value - _windowStart - Unique) : 0;

    /// <summary>Gets when the first packet came.</summary>
    public MonotonicTime FirstPacket { get; private set; } = MonotonicTime.Never;

    /// <summary>Counts anew from here.</summary>
    public void Begin()
    {
        (Datagrams, Bytes, Unique, Recovered, Reordered, Repeated) = (0, 0, 0, 0, 0, 0);
        (Frames, Freezes, Frozen) = (0, 0, TimeSpan.Zero);
        _windowStart = _newest.Value;
    }

    /// <summary>Notes a packet of the stream itself; it need not be decrypted.</summary>
    public void Handle(in RtpHeader header, int length, MonotonicTime arrivedAt)
    {
        if (!_started)
        {
            _started = true;
            FirstPacket = arrivedAt;
            // One turn up, so that a packet from before the first has a number as well.
            _newest = new PacketIndex(0x1_0000 + header.SequenceNumber.Value - 1);
            _windowStart = _newest.Value;
        }

        Datagrams++;
        Bytes += length;
        var index = _newest.Unwrap(header.SequenceNumber);
        Reordered += index < _newest ? 1 : 0;
        Note(index, arrivedAt);
        Statistics.HandleArrival(index, header.Timestamp, length - header.HeaderLength, arrivedAt);
        if (header.Marker)
        {
            NoteFrame(arrivedAt);
        }
    }

    /// <summary>Notes a decrypted retransmission (RFC 4588).</summary>
    public void HandleRetransmission(Span<byte> packet, int length, MonotonicTime arrivedAt)
    {
        Datagrams++;
        Bytes += length;
        if (
            RtxReader.TryUnwrap(packet, media.SlotSsrc, media.PayloadType, out var original) is PacketFault.None
            && !original.IsEmpty
            && RtpHeader.TryParse(original, out var header) is PacketFault.None
        )
        {
            Recovered++;
            Note(_newest.Unwrap(header.SequenceNumber), arrivedAt);
        }
    }

    /// <summary>Reads when a decrypted packet was sent.</summary>
    public bool TryReadStamp(ReadOnlySpan<byte> packet, in RtpHeader header, out MonotonicTime sentAt)
    {
        sentAt = default;
        if (header.TryReadPayload(packet, out var payload) is not PacketFault.None)
        {
            return false;
        }

        var start = 0;
        if (media.Kind is MediaKind.Video)
        {
            if (Vp8Descriptor.TryParse(payload, out var descriptor) is not PacketFault.None)
            {
                return false;
            }

            start =
                descriptor.Length
                + (
                    descriptor.StartsKeyFrame ? 10
                    : descriptor.StartsFrame ? 3
                    : 0
                );
        }

        if (
            payload.Length < start + PublishedStream.StampLength
            || BinaryPrimitives.ReadUInt32BigEndian(payload[start..]) != PublishedStream.Magic
        )
        {
            return false;
        }

        sentAt = new MonotonicTime(BinaryPrimitives.ReadInt64BigEndian(payload[(start + sizeof(uint))..]));
        return true;
    }

    private void Note(PacketIndex index, MonotonicTime arrivedAt)
    {
        if (index > _newest)
        {
            for (var number = _newest.Value + 1; number <= Math.Min(index.Value, _newest.Value + Window); number++)
            {
                _seen[(number % Window) / 64] &= ~(1UL << (int)(number % 64));
            }

            _newest = index;
        }

        ref var word = ref _seen[(index.Value % Window) / 64];
        var bit = 1UL << (int)(index.Value % 64);
        if ((word & bit) != 0)
        {
            Repeated++;
            return;
        }

        word |= bit;
        Unique += index.Value > _windowStart ? 1 : 0;
        if (media.RtxPayloadType is not null)
        {
            Nacks.HandleArrival(index, arrivedAt);
        }
    }

    private void NoteFrame(MonotonicTime arrivedAt)
    {
        Frames++;
        if (_lastFrame != MonotonicTime.Never)
        {
            var gap = arrivedAt - _lastFrame;
            if (gap > _averageGap + FreezeMargin && gap > _averageGap * 3)
            {
                Freezes++;
                Frozen += gap;
            }

            _averageGap += (gap - _averageGap) / 30;
        }

        _lastFrame = arrivedAt;
    }
}
