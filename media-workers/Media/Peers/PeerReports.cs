using EventMeet.Media.Rooms;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Peers;

/// <summary>
/// The RTCP that a peer is sent: reports once a second; at once, what is missing, which key frames are wanted and when
/// packets arrived.
/// </summary>
internal sealed class PeerReports(Peer peer, EngineContext context, MonotonicTime now)
{
    // RFC 3550 section 6.2 would allow fewer in a large room; a second is what browsers do, and what RTT needs.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // What tells of the past is not urgent: that of all peers leaves at the same few instants, so that an engine with hundreds of
    // them is woken fifty times a second.
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    // Without slots there is nothing of ours to name; any SSRC will do in a receiver's reports.
    private const uint ReceiverSsrc = 1;

    private MonotonicTime _nextReports = now + Interval;

    /// <summary>Gets when to call <see cref="Advance"/>.</summary>
    public MonotonicTime NextTimeout
    {
        get
        {
            var soonest = MonotonicTime.Soonest(_nextReports, peer.Reception.Feedback.NextTimeout).RoundUp(Step);
            foreach (var layer in peer.Reception.Layers)
            {
                soonest = MonotonicTime.Soonest(soonest, layer.Nacks.NextTimeout);
                soonest = MonotonicTime.Soonest(soonest, layer.KeyFrames.NextTimeout);
            }

            return soonest;
        }
    }

    private uint OwnSsrc => peer.Slots.Count > 0 ? peer.Slots[0].Ssrc : ReceiverSsrc;

    /// <summary>Writes what is due into the peer's train.</summary>
    public void Advance(MonotonicTime now)
    {
        if (now >= _nextReports)
        {
            _nextReports = now + Interval;
            SenderReports.Send(peer, context, now);
            SendReceiverReport(now);
        }

        foreach (var layer in peer.Reception.Layers)
        {
            SendRequests(layer, now);
        }

        SendTransportFeedback(now);
    }

    private void SendReceiverReport(MonotonicTime now)
    {
        Span<ReportBlock> blocks = stackalloc ReportBlock[ReportBlock.MaxBlocks];
        var count = 0;
        foreach (var layer in peer.Reception.Layers)
        {
            if (count < blocks.Length && layer.Statistics.TryTakeReportBlock(now, out var block))
            {
                blocks[count++] = block;
            }
        }

        if (count > 0)
        {
            var compound = new CompoundPacket(peer.Outlet, context.Yard);
            _ = compound.Writer.TryWriteReceiverReport(OwnSsrc, blocks[..count]);
            compound.Send();
        }
    }

    private void SendRequests(Layer layer, MonotonicTime now)
    {
        Span<SequenceNumber> missing = stackalloc SequenceNumber[Feedback.NackTracker.MaxMissing];
        if (layer.Nacks.TryTakeNack(now, missing, out var count))
        {
            var compound = new CompoundPacket(peer.Outlet, context.Yard);
            _ = compound.Writer.TryWriteReceiverReport(OwnSsrc, []);
            _ = compound.Writer.TryWriteNack(OwnSsrc, layer.Ssrc, missing[..count]);
            compound.Send();
        }

        // Without anybody watching, a broken picture needs no mending.
        if (layer.Nacks.TryTakeKeyFrameNeed() && layer.IsWanted)
        {
            layer.RequestKeyFrame(now);
        }

        if (layer.KeyFrames.TryTakeRequest(now))
        {
            var compound = new CompoundPacket(peer.Outlet, context.Yard);
            _ = compound.Writer.TryWriteReceiverReport(OwnSsrc, []);
            _ = compound.Writer.TryWritePictureLossIndication(OwnSsrc, layer.Ssrc);
            compound.Send();
        }
    }

    private void SendTransportFeedback(MonotonicTime now)
    {
        if (now < peer.Reception.Feedback.NextTimeout)
        {
            return;
        }

        var mediaSsrc = 0u;
        foreach (var layer in peer.Reception.Layers)
        {
            mediaSsrc = layer.Ssrc;
            break;
        }

        bool more;
        do
        {
            var compound = new CompoundPacket(peer.Outlet, context.Yard);
            _ = compound.Writer.TryWriteReceiverReport(OwnSsrc, []);
            more = peer.Reception.Feedback.TryTakeFeedback(
                now,
                OwnSsrc,
                mediaSsrc,
                compound.Writer.Rest,
                out var length
            );
            if (more)
            {
                compound.Writer.Advance(length);
                compound.Send();
            }
        } while (more);
    }
}
