using EventMeet.Media.Codecs;
using EventMeet.Media.Feedback;
using EventMeet.Media.Packets;
using EventMeet.Media.Peers;
using EventMeet.Media.Rooms;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Media;

/// <summary>Steps 5 to 9 of a packet's life: from the decrypted packet to the slots that want it; <see cref="PacketSender"/> goes on.</summary>
internal sealed class PacketForwarder(EngineContext context)
{
    // 2^32 over the golden ratio: timestamps go in even steps, and this scatters them (Knuth 6.4).
    private const uint Golden = 2_654_435_769;

    private readonly PacketSender _sender = new(context);

    // Pictures that wait for their last packet, the one that has waited longest first; some have left meanwhile.
    private readonly Queue<Layer> _gathering = new();

    /// <summary>Gets when to call <see cref="Advance"/>.</summary>
    public MonotonicTime NextTimeout
    {
        get
        {
            while (_gathering.TryPeek(out var layer))
            {
                if (layer.Frame.Count > 0)
                {
                    return layer.Frame.EndsAt;
                }

                _gathering.Dequeue().Frame.IsQueued = false;
            }

            return MonotonicTime.Never;
        }
    }

    /// <summary>Gets bytes of padding sent to make packets equal, since the start.</summary>
    public long PaddingBytes => _sender.PaddingBytes;

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
            Forward(slot, layer, new ForwardedPacket(source, header, payload), isKeyFrame: false, now);
        }
        else if (slot.Rtx is { } rtx && slot.Rewriter.TryClaimRetransmission(history, now, slot.Statistics.RoundTrip))
        {
            // Without RTX nothing is sent again: the same number with other bytes (a new transport-wide sequence number)
            // would use SRTP's key stream twice.
            _sender.SendAgain(slot, rtx, layer, new ForwardedPacket(source, header, payload), history.Packet, now);
        }
    }

    /// <summary>Sends the pictures that have waited long enough for their last packet.</summary>
    public void Advance(MonotonicTime now)
    {
        while (_gathering.TryPeek(out var layer) && (layer.Frame.Count == 0 || layer.Frame.EndsAt <= now))
        {
            _gathering.Dequeue().Frame.IsQueued = false;
            ForwardFrame(layer, timeIsUp: true, now);
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
        var isKept = (codec.Nack || track.RelayCount > 0) && !layer.Cache.Store(index, packet, now).IsEmpty;
        if (
            isKept
            && track.Kind is MediaKind.Video
            && layer.Slots.Count > 0
            && TryGather(layer, source, payload, isKeyFrame, now)
        )
        {
            return PacketFault.None;
        }

        ForwardToAll(layer, new ForwardedPacket(source, header, payload), isKeyFrame, now);

        return PacketFault.None;
    }

    // A picture's packets leave together, as a train for each subscriber. One that comes late leaves at once.
    private bool TryGather(
        Layer layer,
        in SourcePacket source,
        ReadOnlySpan<byte> payload,
        bool isKeyFrame,
        MonotonicTime now
    )
    {
        var wait = context.Options.LongestGathering;
        var frame = layer.Frame;
        if (wait <= TimeSpan.Zero || source.Index < layer.Statistics.Highest || !frame.Wants(isLast: source.Marker))
        {
            return false;
        }

        var isFull = frame.Add(new(source.Index, isKeyFrame), payload.Length, now + wait);
        if (source.Marker || isFull)
        {
            ForwardFrame(layer, timeIsUp: false, now);
        }
        else if (!frame.IsQueued)
        {
            frame.IsQueued = true;
            _gathering.Enqueue(layer);
        }

        return true;
    }

    private void ForwardFrame(Layer layer, bool timeIsUp, MonotonicTime now)
    {
        var frame = layer.Frame;
        var wanted = frame.Count > 1 ? frame.LongestPayload : 0;
        foreach (ref readonly var waiting in frame.Packets)
        {
            if (
                layer.Track.IsMuted
                || !layer.Cache.TryGet(waiting.Index, out var packet, out _)
                || RtpHeader.TryParse(packet, out var header) is not PacketFault.None
                || header.TryReadPayload(packet, out var payload) is not PacketFault.None
                || TrySource(layer.Track, header, payload, waiting.Index, out var source) is not PacketFault.None
            )
            {
                continue;
            }

            var room = _sender.MakeRoomForPadding(payload, wanted);
            ForwardToAll(layer, new ForwardedPacket(source, header, payload, room), waiting.IsKeyFrame, now);
        }

        frame.Clear(timeIsUp);
    }

    private static bool IsKeyFrame(CodecKind kind, in SourcePacket source, ReadOnlySpan<byte> payload) =>
        kind is CodecKind.Vp8 ? source.Descriptor.StartsKeyFrame : KeyFrames.IsKeyFrame(kind, payload);

    // Who is served first changes from picture to picture: nobody is always the last of hundreds.
    private void ForwardToAll(Layer layer, in ForwardedPacket packet, bool isKeyFrame, MonotonicTime now)
    {
        var slots = layer.Slots;
        var first = slots.Count == 0 ? 0 : (int)(((packet.Source.Timestamp * Golden) >> 8) % (uint)slots.Count);
        for (var i = first; i < slots.Count; i++)
        {
            Forward(slots[i], layer, packet, isKeyFrame, now);
        }

        for (var i = 0; i < first; i++)
        {
            Forward(slots[i], layer, packet, isKeyFrame, now);
        }
    }

    private void Forward(Slot slot, Layer layer, in ForwardedPacket packet, bool isKeyFrame, MonotonicTime now)
    {
        ref readonly var source = ref packet.Source;
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
        if (packet.Payload.IsEmpty)
        {
            // Padding alone, with which the publisher probes: the subscriber never sees it.
            if (slot.Rewriter.TryDrop(layer.Tag, source, out var hole))
            {
                _sender.SendPadding(slot, hole, now);
            }
        }
        else if (slot.Rewriter.TryMap(layer.Tag, source, now, out var outgoing))
        {
            _sender.Send(slot, layer, packet, outgoing, now);
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
}
