using EventMeet.Media.Packets;
using EventMeet.Media.Rooms;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Peers;

/// <summary>What a peer reports and asks for: sender reports for its layers, feedback for its slots.</summary>
internal sealed class RtcpInput(EngineContext context, PacketForwarder forwarder)
{
    /// <summary>Takes one decrypted compound packet.</summary>
    public PacketFault Handle(Peer peer, ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        var fault = RtcpReader.TryOpen(datagram, out var reader);
        while (fault is PacketFault.None && reader.MoveNext())
        {
            fault = Handle(peer, reader.Current, now);
        }

        return fault;
    }

    private PacketFault Handle(Peer peer, in RtcpPacket packet, MonotonicTime now)
    {
        if (packet.Type is RtcpPacketType.SenderReport)
        {
            return HandleSenderReport(peer, packet, now);
        }

        if (packet.Type is RtcpPacketType.ReceiverReport)
        {
            var fault = ReceiverReport.TryParse(packet, out var report);
            return fault is PacketFault.None ? HandleBlocks(peer, report.Blocks, now) : fault;
        }

        if (packet.IsTransportFeedback(FeedbackFormat.GenericNack))
        {
            return HandleNack(peer, packet, now);
        }

        if (packet.IsPayloadFeedback(FeedbackFormat.PictureLossIndication))
        {
            var fault = PictureLossIndication.TryParse(packet, out var indication);
            return fault is PacketFault.None ? RequestKeyFrame(peer, indication.MediaSsrc, now) : fault;
        }

        // The rest (SDES, BYE, transport-wide feedback, REMB, XR) tells nothing that is acted upon.
        return packet.IsPayloadFeedback(FeedbackFormat.FullIntraRequest)
            ? HandleFullIntraRequest(peer, packet, now)
            : PacketFault.None;
    }

    private PacketFault HandleSenderReport(Peer peer, in RtcpPacket packet, MonotonicTime now)
    {
        var fault = SenderReport.TryParse(packet, out var report);
        if (fault is not PacketFault.None)
        {
            return fault;
        }

        if (peer.Reception.LayerOf(report.Ssrc) is { } layer)
        {
            layer.Statistics.HandleSenderReport(report.Sender, now);
            peer.SenderClock.HandleReport(report.Sender.Ntp, now, context.Ntp);
        }

        return HandleBlocks(peer, report.Blocks, now);
    }

    private PacketFault HandleBlocks(Peer peer, in ReportBlocks blocks, MonotonicTime now)
    {
        for (var i = 0; i < blocks.Count; i++)
        {
            var block = blocks[i];
            if (SlotOf(peer, block.Ssrc) is { } slot)
            {
                slot.Statistics.HandleReport(block, now, context.Ntp);
                peer.NoteRoundTrip(slot.Statistics.RoundTrip);
            }
        }

        return PacketFault.None;
    }

    private PacketFault HandleNack(Peer peer, in RtcpPacket packet, MonotonicTime now)
    {
        var fault = GenericNack.TryParse(packet, out var nack);
        if (fault is not PacketFault.None)
        {
            return fault;
        }

        if (SlotOf(peer, nack.MediaSsrc) is { } slot)
        {
            while (nack.MoveNext())
            {
                forwarder.Retransmit(slot, nack.Current, now);
            }
        }

        return PacketFault.None;
    }

    private static PacketFault HandleFullIntraRequest(Peer peer, in RtcpPacket packet, MonotonicTime now)
    {
        var fault = FullIntraRequest.TryParse(packet, out var request);
        while (fault is PacketFault.None && request.MoveNext())
        {
            fault = RequestKeyFrame(peer, request.Ssrc, now);
        }

        return fault;
    }

    private static PacketFault RequestKeyFrame(Peer peer, uint ssrc, MonotonicTime now)
    {
        var slot = SlotOf(peer, ssrc);
        (slot?.Awaited ?? slot?.Carried)?.RequestKeyFrame(now);
        return PacketFault.None;
    }

    private static Slot? SlotOf(Peer peer, uint ssrc)
    {
        foreach (var slot in peer.Slots)
        {
            if (slot.Ssrc == ssrc)
            {
                return slot;
            }
        }

        return null;
    }
}
