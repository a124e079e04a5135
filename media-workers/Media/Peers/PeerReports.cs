using System.Text;
using EventMeet.Media.Packets;
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
    // Compound packets stay below what every path takes whole.
    private const int MaxCompound = 1200;

    // RFC 3550 section 6.2 would allow fewer in a large room; a second is what browsers do, and what RTT needs.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Without slots there is nothing of ours to name; any SSRC will do in a receiver's reports.
    private const uint ReceiverSsrc = 1;

    private MonotonicTime _nextReports = now + Interval;

    /// <summary>Gets when to call <see cref="Advance"/>.</summary>
    public MonotonicTime NextTimeout
    {
        get
        {
            var soonest = MonotonicTime.Soonest(_nextReports, peer.Reception.Feedback.NextTimeout);
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
            SendSenderReports(now);
            SendReceiverReport(now);
        }

        foreach (var layer in peer.Reception.Layers)
        {
            SendRequests(layer, now);
        }

        SendTransportFeedback(now);
    }

    private void SendSenderReports(MonotonicTime now)
    {
        var compound = new Compound(peer, context);
        foreach (var slot in peer.Slots)
        {
            if (!TryMakeReport(slot, now, out var report))
            {
                continue;
            }

            if (!compound.Writer.TryWriteSenderReport(slot.Ssrc, report, []))
            {
                compound.Send();
                compound = new Compound(peer, context);
                _ = compound.Writer.TryWriteSenderReport(slot.Ssrc, report, []);
            }
        }

        if (compound.Writer.Length > 0)
        {
            // RFC 3550 section 6.1: every compound packet names its sender.
            _ = compound.Writer.TryWriteCname(OwnSsrc, Encoding.ASCII.GetBytes(peer.Slots[0].Cname));
        }

        compound.Send();
    }

    private bool TryMakeReport(Slot slot, MonotonicTime now, out SenderInfo report)
    {
        // The publisher's own clock, where its reports tell it: that is what keeps its sound and picture together.
        if (
            slot.Carried is { } layer
            && layer.Statistics.LastSenderReport is { } source
            && layer.Track.Publisher.SenderClock is { IsKnown: true } clock
        )
        {
            var timestamp = clock.TimestampAt(now, context.Ntp, source, slot.ClockRate);
            return slot.Statistics.TryMakeReport(now, context.Ntp, slot.Rewriter.MapTimestamp(timestamp), out report);
        }

        return slot.Statistics.TryMakeReport(now, context.Ntp, out report);
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
            var compound = new Compound(peer, context);
            _ = compound.Writer.TryWriteReceiverReport(OwnSsrc, blocks[..count]);
            compound.Send();
        }
    }

    private void SendRequests(Layer layer, MonotonicTime now)
    {
        Span<SequenceNumber> missing = stackalloc SequenceNumber[Feedback.NackTracker.MaxMissing];
        if (layer.Nacks.TryTakeNack(now, missing, out var count))
        {
            var compound = new Compound(peer, context);
            _ = compound.Writer.TryWriteReceiverReport(OwnSsrc, []);
            _ = compound.Writer.TryWriteNack(OwnSsrc, layer.Ssrc, missing[..count]);
            compound.Send();
        }

        // Without anybody watching, a broken picture needs no mending.
        if (layer.Nacks.TryTakeKeyFrameNeed() && layer.Slots.Count > 0)
        {
            layer.RequestKeyFrame(now);
        }

        if (layer.KeyFrames.TryTakeRequest(now))
        {
            var compound = new Compound(peer, context);
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
            var compound = new Compound(peer, context);
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

    /// <summary>One compound packet that is being written into the peer's train.</summary>
    private ref struct Compound
    {
        private readonly Peer _peer;
        private readonly Span<byte> _datagram;

        public RtcpWriter Writer;

        public Compound(Peer peer, EngineContext context)
        {
            _peer = peer;
            var hasRoom = context.Yard.TryReserve(peer.Transport.Train, out _datagram);
            Writer = new RtcpWriter(hasRoom ? _datagram[..MaxCompound] : []);
        }

        /// <summary>Seals it and leaves it in the train; an empty one leaves no trace.</summary>
        public readonly void Send()
        {
            if (Writer.Length > 0 && _peer.Transport.Sender is { } sender)
            {
                TrainYard.Commit(_peer.Transport.Train, sender.ProtectRtcp(_datagram, Writer.Length));
            }
        }
    }
}
