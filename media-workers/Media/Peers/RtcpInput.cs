using EventMeet.Media.Packets;
using EventMeet.Media.Relays;
using EventMeet.Media.Rooms;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Peers;

/// <summary>What a subscriber reports and asks for: feedback for its slots; if it is a peer, sender reports for its layers.</summary>
internal sealed class RtcpInput(EngineContext context, PacketForwarder forwarder)
{
    /// <summary>Takes one decrypted compound packet.</summary>
    public PacketFault Handle(Subscriber subscriber, ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        var fault = RtcpReader.TryOpen(datagram, out var reader);
        while (fault is PacketFault.None && reader.MoveNext())
        {
            fault = Handle(subscriber, reader.Current, now);
        }

        return fault;
    }

    private PacketFault Handle(Subscriber subscriber, in RtcpPacket packet, MonotonicTime now)
    {
        if (packet.Type is RtcpPacketType.SenderReport)
        {
            return HandleSenderReport(subscriber, packet);
        }

        if (packet.Type is RtcpPacketType.ReceiverReport)
        {
            var fault = ReceiverReport.TryParse(packet, out var report);
            return fault is PacketFault.None ? HandleBlocks(subscriber, report.Blocks) : fault;
        }

        if (packet.IsTransportFeedback(FeedbackFormat.GenericNack))
        {
            return HandleNack(subscriber, packet, now);
        }

        if (packet.IsPayloadFeedback(FeedbackFormat.PictureLossIndication))
        {
            var fault = PictureLossIndication.TryParse(packet, out var indication);
            return fault is PacketFault.None ? RequestKeyFrame(subscriber, indication.MediaSsrc, now) : fault;
        }

        if (packet.IsTransportFeedback(FeedbackFormat.TransportWideCc))
        {
            return HandleTransportFeedback(subscriber, packet, now);
        }

        if (subscriber is Relay relay && packet.Type is RtcpPacketType.Application or RtcpPacketType.Goodbye)
        {
            return HandleRelay(relay, packet, now);
        }

        // The rest (SDES, REMB, XR; of peers also BYE) tells nothing that is acted upon.
        return packet.IsPayloadFeedback(FeedbackFormat.FullIntraRequest)
            ? HandleFullIntraRequest(subscriber, packet, now)
            : PacketFault.None;
    }

    private static PacketFault HandleRelay(Relay relay, in RtcpPacket packet, MonotonicTime now)
    {
        if (packet.Type is RtcpPacketType.Application)
        {
            return relay.HandleApplication(packet, now);
        }

        relay.HandleGoodbye();
        return PacketFault.None;
    }

    private PacketFault HandleSenderReport(Subscriber subscriber, in RtcpPacket packet)
    {
        var fault = SenderReport.TryParse(packet, out var report);
        if (fault is not PacketFault.None)
        {
            return fault;
        }

        if (subscriber is Peer peer && peer.Reception.LayerOf(report.Ssrc) is { } layer)
        {
            peer.Room.HandleSenderReport(layer, report.Sender, context.ArrivedAt);
        }

        return HandleBlocks(subscriber, report.Blocks);
    }

    private PacketFault HandleBlocks(Subscriber subscriber, in ReportBlocks blocks)
    {
        for (var i = 0; i < blocks.Count; i++)
        {
            var block = blocks[i];
            if (subscriber.SlotOf(block.Ssrc) is { } slot)
            {
                slot.Statistics.HandleReport(block, context.ArrivedAt, context.Ntp);
                subscriber.NoteRoundTrip(slot.Statistics.RoundTrip);
            }
        }

        return PacketFault.None;
    }

    private PacketFault HandleNack(Subscriber subscriber, in RtcpPacket packet, MonotonicTime now)
    {
        var fault = GenericNack.TryParse(packet, out var nack);
        if (fault is not PacketFault.None)
        {
            return fault;
        }

        if (subscriber.SlotOf(nack.MediaSsrc) is { } slot)
        {
            while (nack.MoveNext())
            {
                forwarder.Retransmit(slot, nack.Current, now);
            }
        }

        return PacketFault.None;
    }

    private static PacketFault HandleTransportFeedback(Subscriber subscriber, in RtcpPacket packet, MonotonicTime now)
    {
        var fault = TransportFeedback.TryParse(packet, out var feedback);
        if (fault is PacketFault.None)
        {
            subscriber.HandleTransportFeedback(ref feedback, now);
        }

        return fault;
    }

    private static PacketFault HandleFullIntraRequest(Subscriber subscriber, in RtcpPacket packet, MonotonicTime now)
    {
        var fault = FullIntraRequest.TryParse(packet, out var request);
        while (fault is PacketFault.None && request.MoveNext())
        {
            fault = RequestKeyFrame(subscriber, request.Ssrc, now);
        }

        return fault;
    }

    private static PacketFault RequestKeyFrame(Subscriber subscriber, uint ssrc, MonotonicTime now)
    {
        var slot = subscriber.SlotOf(ssrc);
        (slot?.Awaited ?? slot?.Carried)?.RequestKeyFrame(now);
        return PacketFault.None;
    }
}
