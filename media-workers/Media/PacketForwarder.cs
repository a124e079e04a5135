using EventMeet.Media.Codecs;
using EventMeet.Media.Feedback;
using EventMeet.Media.Packets;
using EventMeet.Media.Peers;
using EventMeet.Media.Rooms;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Media;

/// <summary>Steps 5 to 11 of a packet's life: from the decrypted packet to the trains of everybody who wants it.</summary>
internal sealed class PacketForwarder(EngineContext context)
{
    /// <summary>Forwards one decrypted packet.</summary>
    /// <param name="peer">Who sent it.</param>
    /// <param name="packet">Header, payload and padding.</param>
    /// <param name="header">The view of its header.</param>
    /// <param name="index">Its unwrapped sequence number.</param>
    /// <param name="now">The time.</param>
    public PacketFault Handle(Peer peer, Span<byte> packet, in RtpHeader header, PacketIndex index, MonotonicTime now)
    {
        // 5. Find the track and its layer.
        var fault = peer.Reception.TryFind(header, out var layer, out var isRetransmission, now);
        if (fault is not PacketFault.None)
        {
            return fault;
        }

        // 6. Note the arrival for transport-wide feedback.
        var extensions = HeaderExtensions.Read(header, layer.Track.Extensions);
        if (extensions.TryReadTransportSequence(out var transportSequence))
        {
            peer.Reception.Feedback.HandleArrival(transportSequence, now);
        }

        layer.LastPacket = now;
        if (isRetransmission)
        {
            return HandleRetransmission(layer, packet, header, now);
        }

        layer.Statistics.HandleArrival(index, header.Timestamp, packet.Length - header.HeaderLength, now);
        return HandleOriginal(layer, packet, header, extensions, index, now);
    }

    /// <summary>Answers a subscriber who misses a packet (RFC 4585 section 6.2.1, RFC 4588).</summary>
    public void Retransmit(Slot slot, SequenceNumber missing, MonotonicTime now)
    {
        if (
            !slot.Rewriter.TryMapBack(missing, out var history)
            || LayerOf(slot, history.Tag) is not { } layer
            || !layer.Cache.TryGet(history.Source, out var packet, out _)
            || RtpHeader.TryParse(packet, out var header) is not PacketFault.None
            || header.TryReadPayload(packet, out var payload) is not PacketFault.None
            || TrySource(layer.Track, header, payload, history.Source, out var source) is not PacketFault.None
        )
        {
            return;
        }

        if (!history.WasSent)
        {
            // It came too late to be forwarded, but it is here now: it leaves for the first time.
            Forward(slot, layer, source, header, payload, isKeyFrame: false, now);
        }
        else if (slot.Rtx is { } rtx && slot.Rewriter.TryClaimRetransmission(history, now, slot.Statistics.RoundTrip))
        {
            // Without RTX nothing is sent again: the same number with other bytes (a new transport-wide sequence number)
            // would use SRTP's key stream twice.
            SendAgain(slot, rtx, layer, source, history.Packet, header, payload, now);
        }
    }

    // What was sent before the slot switched to another layer of the same track can still be sent again.
    private static Layer? LayerOf(Slot slot, int tag)
    {
        if (slot.Carried is not { } carried || carried.Tag == tag)
        {
            return slot.Carried;
        }

        foreach (var layer in carried.Track.Layers)
        {
            if (layer.Tag == tag)
            {
                return layer;
            }
        }

        return null;
    }

    // A codec's payload types are looked for once; nearly every packet has the one of the packet before.
    private static CodecParameters? CodecOf(Track track, byte payloadType)
    {
        if (track.Codec is { } current && current.PayloadType == payloadType)
        {
            return current;
        }

        foreach (var codec in track.Media.Codecs)
        {
            if (codec.PayloadType == payloadType)
            {
                return codec;
            }
        }

        return null;
    }

    private static PacketFault TrySource(
        Track track,
        in RtpHeader header,
        ReadOnlySpan<byte> payload,
        PacketIndex index,
        out SourcePacket source
    )
    {
        var descriptor = default(Vp8Descriptor);
        var fault =
            track.CodecKind is CodecKind.Vp8 && !payload.IsEmpty
                ? Vp8Descriptor.TryParse(payload, out descriptor)
                : PacketFault.None;
        source = new SourcePacket(index, header.Timestamp, header.Marker, descriptor);
        return fault;
    }

    private static void NoteKeyFrame(Layer layer, in SourcePacket source, ReadOnlySpan<byte> payload, MonotonicTime now)
    {
        layer.KeyFrames.HandleKeyFrame();
        layer.Nacks.HandleKeyFrame(source.Index);
        if (source.Descriptor.TryReadSize(payload, out _, out var height) && height != layer.Height)
        {
            layer.Height = height;
            layer.Track.Publisher.Room.ChooseLayers(layer.Track, now);
        }
    }

    private PacketFault HandleRetransmission(Layer layer, Span<byte> packet, in RtpHeader header, MonotonicTime now)
    {
        var payloadType = header.PayloadType;
        CodecParameters? repaired = null;
        foreach (var codec in layer.Track.Media.Codecs)
        {
            repaired = codec.RtxPayloadType == payloadType ? codec : repaired;
        }

        if (repaired is null)
        {
            return PacketFault.RtpUnknownPayloadType;
        }

        var fault = RtxReader.TryUnwrap(packet, layer.Ssrc, repaired.PayloadType, out var original);
        if (fault is not PacketFault.None || original.IsEmpty)
        {
            return fault;
        }

        fault = RtpHeader.TryParse(original, out var originalHeader);
        if (fault is not PacketFault.None)
        {
            return fault;
        }

        var index = layer.Statistics.Highest.Unwrap(originalHeader.SequenceNumber);
        var extensions = HeaderExtensions.Read(originalHeader, layer.Track.Extensions);
        return HandleOriginal(layer, original, originalHeader, extensions, index, now);
    }

    private PacketFault HandleOriginal(
        Layer layer,
        ReadOnlySpan<byte> packet,
        in RtpHeader header,
        in HeaderExtensions extensions,
        PacketIndex index,
        MonotonicTime now
    )
    {
        var track = layer.Track;
        if (CodecOf(track, header.PayloadType) is not { } codec)
        {
            return PacketFault.RtpUnknownPayloadType;
        }

        var fault = header.TryReadPayload(packet, out var payload);
        if (fault is not PacketFault.None)
        {
            return fault;
        }

        var room = track.Publisher.Room;
        if (!track.IsPublished)
        {
            room.Publish(track, codec);
        }

        fault = TrySource(track, header, payload, index, out var source);
        if (fault is not PacketFault.None)
        {
            return PacketFault.RtpMalformedPayload;
        }

        // 7. Note the gaps that this packet reveals or closes.
        if (codec.Nack)
        {
            layer.Nacks.HandleArrival(index, now);
        }

        var isKeyFrame = !payload.IsEmpty && IsKeyFrame(track.CodecKind, source, payload);
        if (isKeyFrame && track.Kind is MediaKind.Video)
        {
            NoteKeyFrame(layer, source, payload, now);
        }

        if (extensions.TryReadAudioLevel(out var level))
        {
            room.HandleLevel(track, level, now);
        }

        if (track.IsMuted)
        {
            return PacketFault.None;
        }

        // 8. Keep the plain text for retransmission.
        if (codec.Nack || track.RelayCount > 0)
        {
            _ = layer.Cache.Store(index, packet, now);
        }

        foreach (var slot in layer.Slots)
        {
            Forward(slot, layer, source, header, payload, isKeyFrame, now);
        }

        return PacketFault.None;
    }

    private static bool IsKeyFrame(CodecKind kind, in SourcePacket source, ReadOnlySpan<byte> payload) =>
        kind is CodecKind.Vp8 ? source.Descriptor.StartsKeyFrame : KeyFrames.IsKeyFrame(kind, payload);

    private void Forward(
        Slot slot,
        Layer layer,
        in SourcePacket source,
        in RtpHeader header,
        ReadOnlySpan<byte> payload,
        bool isKeyFrame,
        MonotonicTime now
    )
    {
        // 9. Is this layer wanted, does a switch happen here?
        if (slot.Awaited == layer)
        {
            // Sound, where every packet would do, begins with the newest: what overtook this one is gone.
            if (!isKeyFrame || (source.Index < layer.Statistics.Highest && layer.Track.Kind is MediaKind.Audio))
            {
                return;
            }

            var equivalent = EquivalentTimestamp(slot.Carried, layer, source.Timestamp);
            if (slot.Switch())
            {
                slot.Subscriber.NoteChanged(slot);
            }

            slot.Rewriter.SwitchTo(layer.Tag, source, now, equivalent);
        }
        else if (slot.Carried != layer)
        {
            return;
        }

        // 10. Rewrite the numbers.
        if (payload.IsEmpty)
        {
            // Padding alone, with which the publisher probes: the subscriber never sees it.
            if (slot.Rewriter.TryDrop(layer.Tag, source, out var hole))
            {
                SendPadding(slot, hole, now);
            }
        }
        else if (slot.Rewriter.TryMap(layer.Tag, source, now, out var outgoing))
        {
            Send(slot, layer, source, outgoing, header, payload, now);
        }
    }

    // Layers of one track count from different beginnings; their sender reports tell how they belong together.
    private static uint? EquivalentTimestamp(Layer? from, Layer to, uint timestamp) =>
        from?.Track == to.Track
        && from.Statistics.LastSenderReport is { } old
        && to.Statistics.LastSenderReport is { } current
        && TimestampTranslation.TryTranslate(timestamp, current, old, to.Track.ClockRate, out var translated)
            ? translated
            : null;

    private void Send(
        Slot slot,
        Layer layer,
        in SourcePacket source,
        in SlotPacket outgoing,
        in RtpHeader header,
        ReadOnlySpan<byte> payload,
        MonotonicTime now
    )
    {
        var subscriber = slot.Subscriber;
        if (!context.Yard.TryReserve(subscriber.Outlet.Train, out var datagram))
        {
            return;
        }

        // 10. Rewrite ids and header.
        var fields = new RtpHeaderFields(
            slot.PayloadType,
            outgoing.Marker,
            outgoing.Index.SequenceNumber,
            outgoing.Timestamp,
            slot.Ssrc
        );
        var patches = RtpHeaderWriter.Write(
            datagram,
            fields,
            header,
            layer.Track.Extensions,
            slot.Extensions,
            slot.MidBytes
        );
        var prefix = WriteDescriptor(datagram[patches.HeaderLength..], source, outgoing);
        Seal(subscriber, datagram, patches, prefix, payload[source.Descriptor.Length..], outgoing.Index, now);
        slot.Statistics.HandleSent(outgoing.Timestamp, payload.Length, now);
    }

    private void SendAgain(
        Slot slot,
        RtxWriter rtx,
        Layer layer,
        in SourcePacket source,
        in SlotPacket original,
        in RtpHeader header,
        ReadOnlySpan<byte> payload,
        MonotonicTime now
    )
    {
        var subscriber = slot.Subscriber;
        if (payload.IsEmpty || !context.Yard.TryReserve(subscriber.Outlet.Train, out var datagram))
        {
            return;
        }

        var fields = rtx.TakeNext(original.Timestamp, original.Marker, out var index);
        var patches = RtpHeaderWriter.Write(
            datagram,
            fields,
            header,
            layer.Track.Extensions,
            slot.Extensions,
            slot.MidBytes
        );
        var prefix = RtxWriter.WriteOriginalNumber(datagram[patches.HeaderLength..], original.Index.SequenceNumber);
        prefix += WriteDescriptor(datagram[(patches.HeaderLength + prefix)..], source, original);
        Seal(subscriber, datagram, patches, prefix, payload[source.Descriptor.Length..], index, now);
    }

    private void SendPadding(Slot slot, in SlotPacket hole, MonotonicTime now)
    {
        var subscriber = slot.Subscriber;
        if (!context.Yard.TryReserve(subscriber.Outlet.Train, out var datagram))
        {
            return;
        }

        var fields = new RtpHeaderFields(
            slot.PayloadType,
            hole.Marker,
            hole.Index.SequenceNumber,
            hole.Timestamp,
            slot.Ssrc,
            HasPadding: true
        );
        var patches = RtpHeaderWriter.Write(datagram, fields, slot.Extensions, slot.MidBytes);
        Seal(subscriber, datagram, patches, prefixLength: 0, rest: [1], hole.Index, now);
    }

    private static int WriteDescriptor(Span<byte> destination, in SourcePacket source, in SlotPacket outgoing) =>
        source.Descriptor.Length > 0 ? outgoing.Rewrite(source.Descriptor).Write(destination) : 0;

    // 11. Encrypt into the subscriber's train.
    private void Seal(
        Subscriber subscriber,
        Span<byte> datagram,
        RtpHeaderPatches patches,
        int prefixLength,
        ReadOnlySpan<byte> rest,
        PacketIndex index,
        MonotonicTime now
    )
    {
        var outlet = subscriber.Outlet;
        var sender = outlet.Sender;
        var plainLength = patches.HeaderLength + prefixLength + rest.Length;
        if (sender is null || plainLength + sender.Overhead > TrainYard.MaxDatagram)
        {
            _ = context.Faults.Count(PacketFault.TooLarge);
            return;
        }

        if (patches.TransportSequenceOffset != 0)
        {
            patches.PatchTransportSequence(datagram, subscriber.TakeTransportSequence());
        }

        patches.PatchAbsSendTime(datagram, now);
        var length = sender.ProtectRtp(datagram, patches.HeaderLength, prefixLength, rest, index);
        TrainYard.Commit(outlet.Train, length);
    }
}
