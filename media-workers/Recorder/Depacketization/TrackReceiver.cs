using EventMeet.Media.Codecs;
using EventMeet.Media.Feedback;
using EventMeet.Media.Packets;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Recorder.Depacketization;

/// <summary>
/// From the packets of one track to frames with their wall-clock time: puts them in order, waits for repairs, notes gaps,
/// asks for key frames. Sans-IO: after every input, drain frames, gaps and the key frame request, and come back
/// at <see cref="NextTimeout"/>.
/// </summary>
internal sealed class TrackReceiver : IPacketConsumer
{
    /// <summary>How long a missing packet is waited for.</summary>
    public static readonly TimeSpan Depth = TimeSpan.FromSeconds(1);

    // The slowest first report of two participants: 2.5 s, drawn up to half as long again, divided by e - 3/2 (RFC 3550 section 6.3.1). Browsers
    // report within a second. From then on every frame is exact.
    private static readonly TimeSpan ReportPatience = TimeSpan.FromSeconds(3.1);
    private const int MaxFramesBeforeReport = 256;

    private readonly Queue<(AssembledFrame Frame, bool AfterLoss, int LostPackets)> _waiting = [];
    private readonly Queue<TrackFrame> _timed = [];
    private readonly Queue<TrackGap> _gaps = [];
    private readonly KeyFrameRequester _keyFrames = new();
    private readonly JitterBuffer _buffer = new(Depth);
    private readonly Depacketizer _depacketizer;
    private readonly PublisherClock _publisher;
    private readonly TrackClock _clock;
    private MonotonicTime _reportDeadline = MonotonicTime.Never;
    private bool _lossPending;
    private int _lostPackets;
    private PacketFault _fault;
    private DateTimeOffset? _lastAt;

    /// <summary>Starts a track.</summary>
    /// <param name="codec">Opus, redundant Opus, VP8, VP9, H.264 or AV1.</param>
    /// <param name="clockRate">Of the RTP timestamps, Hz: 48,000 for Opus, 90,000 for video.</param>
    /// <param name="publisher">Shared by the publisher's tracks.</param>
    public TrackReceiver(CodecKind codec, int clockRate, PublisherClock publisher)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(clockRate, 1);
        _depacketizer = Depacketizer.For(codec);
        _publisher = publisher;
        _clock = new(clockRate);
    }

    /// <summary>Gets how many packets were lost for good.</summary>
    public long LostPackets => _buffer.LostCount;

    /// <summary>Gets a value indicating whether a missing packet is waited for.</summary>
    public bool IsWaiting => _buffer.IsWaiting;

    /// <summary>Gets when to come back.</summary>
    public MonotonicTime NextTimeout =>
        MonotonicTime.Soonest(
            MonotonicTime.Soonest(_buffer.NextTimeout, _keyFrames.NextTimeout),
            _waiting.Count > 0 ? _reportDeadline : MonotonicTime.Never
        );

    /// <summary>Takes a packet of the track, in any order.</summary>
    /// <param name="packet">RTP, decrypted.</param>
    /// <param name="now">When it arrived.</param>
    public PacketFault HandlePacket(ReadOnlySpan<byte> packet, MonotonicTime now)
    {
        var fault = RtpHeader.TryParse(packet, out var header);
        if (fault != PacketFault.None)
        {
            return fault;
        }

        fault = header.TryReadPayload(packet, out var payload);
        if (fault != PacketFault.None)
        {
            return fault;
        }

        _fault = PacketFault.None;
        if (_reportDeadline == MonotonicTime.Never)
        {
            _reportDeadline = now + ReportPatience;
            AskForKeyFrame();
        }

        _buffer.HandlePacket(new(header.SequenceNumber, header.Timestamp, header.Marker, payload, now), this);
        return _fault;
    }

    /// <summary>Takes a sender report of the track.</summary>
    public void HandleReport(in SenderInfo report, MonotonicTime now)
    {
        _publisher.HandleReport(report, now);
        _clock.HandleReport(_clock.Unwrap(report.RtpTimestamp), _publisher.WallAt(report));
    }

    /// <summary>From here on only missing packets are taken, none that is newer than the newest.</summary>
    public void Freeze() => _buffer.Freeze();

    /// <summary>Gives up what has been waited for long enough.</summary>
    public void Advance(MonotonicTime now)
    {
        _buffer.Advance(now, this);
        if (now >= _reportDeadline)
        {
            _reportDeadline = MonotonicTime.Zero;
        }
    }

    /// <summary>The track is over; what is kept can be drained.</summary>
    public void Finish()
    {
        _buffer.Finish(this);
        _depacketizer.Finish();
        Collect();
        _keyFrames.HandleKeyFrame();
        _reportDeadline = MonotonicTime.Zero;
    }

    /// <summary>Takes the next frame.</summary>
    public bool TryTakeFrame(out TrackFrame frame)
    {
        if (_timed.TryDequeue(out frame))
        {
            return true;
        }

        var mayTake = _clock.IsExact || _reportDeadline == MonotonicTime.Zero || _waiting.Count > MaxFramesBeforeReport;
        if (!mayTake || !_waiting.TryDequeue(out var next))
        {
            return false;
        }

        frame = Time(next);
        return true;
    }

    /// <summary>Takes the next gap; known when the first frame behind it is.</summary>
    public bool TryTakeGap(out TrackGap gap) => _gaps.TryDequeue(out gap);

    /// <summary>Takes the request for a key frame that is to be sent now.</summary>
    public bool TryTakeKeyFrameRequest(MonotonicTime now) => _keyFrames.TryTakeRequest(now);

    void IPacketConsumer.HandlePacket(in OrderedPacket packet)
    {
        // Padding alone: probing, or a filler for a number that has no packet.
        if (packet.Payload.IsEmpty)
        {
            return;
        }

        var (timestamp, arrival) = (_clock.Unwrap(packet.Timestamp), _publisher.WallAt(packet.Arrival));
        if (_clock.CountsAnew(timestamp, arrival))
        {
            // What waits is of the clock that ends here.
            while (_waiting.TryDequeue(out var former))
            {
                _timed.Enqueue(Time(former));
            }
        }

        _clock.HandleArrival(timestamp, arrival);
        var fault = _depacketizer.HandlePacket(timestamp, packet.Marker, packet.Payload);
        if (fault != PacketFault.None)
        {
            _fault = fault;
            _lossPending = true;
            AskForKeyFrame();
        }

        Collect();
    }

    void IPacketConsumer.HandleLoss(int count)
    {
        _lossPending = true;
        _lostPackets += count;
        _depacketizer.HandleLoss();
        AskForKeyFrame();
    }

    private TrackFrame Time((AssembledFrame Frame, bool AfterLoss, int LostPackets) next)
    {
        var at = DateTimeOffset.UnixEpoch.AddMicroseconds(_clock.WallAt(next.Frame.Timestamp));
        if (next.AfterLoss && _lastAt is { } from)
        {
            _gaps.Enqueue(new(from, at, next.LostPackets));
        }

        _lastAt = at;
        return new(at, next.Frame.IsKeyFrame, next.Frame.Data, next.Frame.Format, next.Frame.Size);
    }

    private void Collect()
    {
        while (_depacketizer.TryTakeFrame(out var frame))
        {
            _waiting.Enqueue((frame, _lossPending, _lostPackets));
            (_lossPending, _lostPackets) = (false, 0);
            if (!_depacketizer.NeedsKeyFrame)
            {
                _keyFrames.HandleKeyFrame();
            }
        }
    }

    private void AskForKeyFrame()
    {
        if (_depacketizer.NeedsKeyFrame)
        {
            _keyFrames.HandleRequest();
        }
    }
}
