using EventMeet.Media.Codecs;
using EventMeet.Media.Feedback;
using EventMeet.Media.Packets;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Testing.Peers;

/// <summary>
/// What a synthetic participant receives on one m-line: asks for what is missing, puts it in order, and hands it to a
/// <see cref="SlotViewer"/> that looks at the content.
/// </summary>
internal sealed class IncomingSlot
{
    // A browser's jitter buffer gives a packet up after about this long.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(1500);
    private static readonly TimeSpan KeyFramePatience = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan KeyFrameSpacing = TimeSpan.FromMilliseconds(300);

    private readonly HeaderExtensionMap _extensions;
    private readonly NackTracker _nacks = new();
    private readonly ReceiveStatistics _statistics;
    private readonly SortedDictionary<long, byte[]> _early = [];
    private MonotonicTime _gapSince = MonotonicTime.Never;
    private MonotonicTime _nextKeyFrameRequest = MonotonicTime.Zero;
    private long _next = -1;
    private long _keyFrame = -1;

    public IncomingSlot(VirtualMedia media, int framesPerSecond)
    {
        Media = media;
        _extensions = media.ExtensionMap;
        _statistics = new ReceiveStatistics(media.SlotSsrc, media.Kind is MediaKind.Audio ? 48_000 : 90_000);
        Viewer = new SlotViewer(media.Kind, framesPerSecond);
    }

    public VirtualMedia Media { get; }

    public SlotViewer Viewer { get; }

    public long PacketsReceived { get; private set; }

    /// <summary>Gets how many packets came by retransmission.</summary>
    public long PacketsRecovered { get; private set; }

    /// <summary>Gets how many packets never came.</summary>
    public long PacketsLost { get; private set; }

    public long KeyFramesRequested { get; private set; }

    /// <summary>Gets how many packets were asked for, repetitions included.</summary>
    public long PacketsAskedFor => _nacks.RequestCount;

    /// <summary>Gets the server's newest sender report for this slot; null before the first.</summary>
    public SenderInfo? LastSenderReport => _statistics.LastSenderReport;

    public MonotonicTime NextTimeout => MonotonicTime.Soonest(_nacks.NextTimeout, _gapSince + Patience);

    public void HandleSenderReport(in SenderInfo report, MonotonicTime now) =>
        _statistics.HandleSenderReport(report, now);

    public bool TryTakeReportBlock(MonotonicTime now, out ReportBlock block) =>
        _statistics.TryTakeReportBlock(now, out block);

    /// <summary>Takes a decrypted packet of the slot or of its retransmissions.</summary>
    public void Handle(Span<byte> packet, in RtpHeader header, PacketIndex index, MonotonicTime now)
    {
        if (header.Ssrc == Media.SlotRtxSsrc)
        {
            HandleRetransmission(packet, header, now);
            return;
        }

        PacketsReceived++;
        _statistics.HandleArrival(index, header.Timestamp, packet.Length - header.HeaderLength, now);
        CheckHeader(header);
        Take(index, packet, now);
    }

    /// <summary>Gives up waiting for what is overdue.</summary>
    public void Advance(MonotonicTime now)
    {
        if (now >= _gapSince + Patience && _early.Count > 0)
        {
            SkipTo(_early.Keys.First(), now);
        }
    }

    public bool TryTakeNack(MonotonicTime now, Span<SequenceNumber> missing, out int count)
    {
        // A viewer asks for a key frame when it cannot go on, and not before.
        _ = _nacks.TryTakeKeyFrameNeed();
        return _nacks.TryTakeNack(now, missing, out count);
    }

    /// <summary>Is a key frame to be asked for now?</summary>
    public bool TryTakeKeyFrameRequest(MonotonicTime now)
    {
        if (!Viewer.NeedsKeyFrame || _next < 0 || now < _nextKeyFrameRequest)
        {
            return false;
        }

        _nextKeyFrameRequest = now + KeyFrameSpacing;
        KeyFramesRequested++;
        return true;
    }

    private void HandleRetransmission(Span<byte> packet, in RtpHeader header, MonotonicTime now)
    {
        if (header.PayloadType != Media.RtxPayloadType)
        {
            Viewer.Complain($"A retransmission has payload type {header.PayloadType}.");
        }

        var fault = RtxReader.TryUnwrap(packet, Media.SlotSsrc, Media.PayloadType, out var original);
        if (fault is not PacketFault.None || original.IsEmpty)
        {
            return;
        }

        _ = RtpHeader.TryParse(original, out var originalHeader);
        PacketsRecovered++;
        CheckHeader(originalHeader);
        Take(_statistics.Highest.Unwrap(originalHeader.SequenceNumber), original, now);
    }

    private void CheckHeader(in RtpHeader header)
    {
        if (header.PayloadType != Media.PayloadType)
        {
            Viewer.Complain($"A packet has payload type {header.PayloadType}, agreed on was {Media.PayloadType}.");
        }

        var mid = HeaderExtensions.Read(header, _extensions).Mid;
        if (!mid.IsEmpty && System.Text.Encoding.ASCII.GetString(mid) is var text && text != Media.Mid)
        {
            Viewer.Complain($"A packet says MID {text} on m-line {Media.Mid}.");
        }
    }

    private void Take(PacketIndex index, ReadOnlySpan<byte> packet, MonotonicTime now)
    {
        _nacks.HandleArrival(index, now);
        if (_next < 0)
        {
            _next = index.Value;
        }

        if (index.Value < _next)
        {
            return;
        }

        if (_early.TryGetValue(index.Value, out var before))
        {
            // The same number twice must be the same packet.
            var isSame = SamePayload(before, packet);
            if (!isSame)
            {
                Viewer.Complain($"Number {index.Value} came with two payloads.");
            }

            return;
        }

        _early[index.Value] = packet.ToArray();
        if (Media.Kind is MediaKind.Video && StartsKeyFrame(packet))
        {
            _keyFrame = index.Value;
        }

        Deliver(now);
        if (_keyFrame > _next && now >= _gapSince + KeyFramePatience && IsWhole(_keyFrame))
        {
            // A decoder does not wait long for what is before a key frame that is there.
            SkipTo(_keyFrame, now);
        }
    }

    private static bool StartsKeyFrame(ReadOnlySpan<byte> packet) =>
        RtpHeader.TryParse(packet, out var header) is PacketFault.None
        && header.TryReadPayload(packet, out var payload) is PacketFault.None
        && KeyFrames.IsKeyFrame(CodecKind.Vp8, payload);

    private bool IsWhole(long first)
    {
        for (var index = first; _early.TryGetValue(index, out var packet); index++)
        {
            if (RtpHeader.TryParse(packet, out var header) is PacketFault.None && header.Marker)
            {
                return true;
            }
        }

        return false;
    }

    private void SkipTo(long index, MonotonicTime now)
    {
        for (; _next < index; _next++)
        {
            PacketsLost += _early.Remove(_next) ? 0 : 1;
        }

        _gapSince = MonotonicTime.Never;
        Viewer.HandleGap();
        Deliver(now);
    }

    private static bool SamePayload(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second) =>
        RtpHeader.TryParse(first, out var one) is PacketFault.None
        && RtpHeader.TryParse(second, out var other) is PacketFault.None
        && one.TryReadPayload(first, out var payload) is PacketFault.None
        && other.TryReadPayload(second, out var otherPayload) is PacketFault.None
        && payload.SequenceEqual(otherPayload);

    private void Deliver(MonotonicTime now)
    {
        while (_early.Remove(_next, out var packet))
        {
            _next++;
            _ = RtpHeader.TryParse(packet, out var header);
            if (header.TryReadPayload(packet, out var payload) is not PacketFault.None)
            {
                Viewer.Complain("A packet's padding is malformed.");
            }
            else if (!payload.IsEmpty)
            {
                Viewer.Show(payload, header.Timestamp, header.Marker, now);
            }
        }

        _gapSince = _early.Count == 0 ? MonotonicTime.Never : MonotonicTime.Soonest(_gapSince, now);
    }
}
