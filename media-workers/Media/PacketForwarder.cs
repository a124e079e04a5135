using EventMeet.Media.Codecs;
using EventMeet.Media.Feedback;
using EventMeet.Media.Packets;
using EventMeet.Media.Peers;
using EventMeet.Media.Rooms;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Media;

/// <summary>Steps 5 to 8 of a packet's life: from the decrypted packet to those that leave together; <see cref="FanOut"/> goes on.</summary>
internal sealed class PacketForwarder
{
    // A probe's padding: so many packets of a picture, and no more than that in all at a time.
    private const int RepeatedPackets = 16;
    private const int MaxRepeats = 256;

    private readonly EngineContext _context;
    private readonly PacketSender _sender;
    private readonly FanOut _fanOut;

    // Pictures that wait for their last packet, the one that has waited longest first; some have left meanwhile.
    private readonly Queue<Layer> _gathering = new();

    public PacketForwarder(EngineContext context)
    {
        _context = context;
        _sender = new PacketSender(context);
        _fanOut = new FanOut(_sender);
    }

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
            peer.Reception.Feedback.HandleArrival(transportSequence, _context.ArrivedAt);
        }

        layer.LastPacket = now;
        if (isRetransmission)
        {
            return HandleRetransmission(layer, packet, header, now);
        }

        layer.Statistics.HandleArrival(
            index,
            header.Timestamp,
            packet.Length - header.HeaderLength,
            _context.ArrivedAt
        );
        return HandleOriginal(layer, packet, header, extensions, index, now);
    }

    /// <summary>Gives the next group of subscribers what waits for them; while it does, take what leaves.</summary>
    /// <returns>False when nothing waits.</returns>
    public bool TryForwardGroup(MonotonicTime now) => _fanOut.TryForwardGroup(now);

    /// <summary>Forwards a packet that the layer's publisher has sent to another engine; from there it comes decrypted.</summary>
    public PacketFault HandleLinked(Layer layer, ReadOnlySpan<byte> packet, PacketIndex index, MonotonicTime now)
    {
        var fault = RtpHeader.TryParse(packet, out var header);
        if (fault is not PacketFault.None)
        {
            return fault;
        }

        layer.LastPacket = now;
        layer.Statistics.HandleArrival(index, header.Timestamp, packet.Length - header.HeaderLength, now);
        var extensions = HeaderExtensions.Read(header, layer.Track.Extensions);
        return HandleOriginal(layer, packet, header, extensions, index, now);
    }

    /// <summary>Answers a subscriber who misses a packet (RFC 4585 section 6.2.1, RFC 4588).</summary>
    public void Retransmit(Slot slot, SequenceNumber missing, MonotonicTime now)
    {
        if (
            !slot.Rewriter.TryMapBack(missing, out var history)
            || LayerOf(slot, history.Tag) is not { } layer
            || !PlainPacket.TryFind(layer, history.Source, isKeyFrame: false, out var packet)
        )
        {
            return;
        }

        if (!history.WasSent)
        {
            // It came too late to be forwarded, but it is here now: it leaves for the first time.
            _fanOut.Forward(slot, layer, packet, longest: 0, now);
            _sender.Complete();
        }
        else if (slot.Rtx is { } rtx && slot.Rewriter.TryClaimRetransmission(history, now, slot.Statistics.RoundTrip))
        {
            // Without RTX nothing is sent again: the same number with other bytes (a new transport-wide sequence number)
            // would use SRTP's key stream twice.
            _sender.SendAgain(slot, rtx, layer, packet, history.Packet, now);
        }
    }

    /// <summary>
    /// Sends what a subscriber's estimator wants to probe its path with: the newest packets of a picture once more, as RTX. Receivers drop what
    /// they have. Where RTX was not negotiated nothing is sent: padding under a picture's own numbers would be a gap when it is lost.
    /// </summary>
    public void Probe(Subscriber subscriber, MonotonicTime now)
    {
        var bytes = subscriber.Bandwidth.TakeProbe(now);
        foreach (var slot in subscriber.Slots)
        {
            if (bytes > 0 && slot is { Kind: MediaKind.Video, Rtx: { } rtx })
            {
                bytes -= Repeat(slot, rtx, bytes, now);
            }
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

    // Sends a slot's newest packets again, over and over, until it is enough; nothing where nothing was sent.
    private int Repeat(Slot slot, RtxWriter rtx, int bytes, MonotonicTime now)
    {
        var sent = 0;
        for (var round = 0; round < MaxRepeats && sent < bytes && slot.Rewriter.Newest is { } newest; round++)
        {
            if (
                slot.Rewriter.TryMapBack(newest.Plus(-(round % RepeatedPackets)), out var history)
                && history.WasSent
                && LayerOf(slot, history.Tag) is { } layer
                && PlainPacket.TryFind(layer, history.Source, isKeyFrame: false, out var packet)
            )
            {
                sent += _sender.SendAgain(slot, rtx, layer, packet, history.Packet, now);
            }
        }

        return sent;
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

        fault = SourcePacket.TryRead(track.CodecKind, header, payload, index, out var source);
        if (fault is not PacketFault.None)
        {
            return PacketFault.RtpMalformedPayload;
        }

        // 7. One that was here before goes no further. Note the gaps that this packet reveals or closes; the engine that has the
        // publisher asks for what is missing.
        if (!layer.TryTake(index))
        {
            return PacketFault.None;
        }

        if (codec.Nack && !layer.IsLinked)
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

        // 8. Keep the plain text: it leaves from here, now and when it is asked for again.
        var stored = layer.Cache.Store(index, packet[..(header.HeaderLength + payload.Length)]);
        if (stored.IsEmpty)
        {
            return PacketFault.TooLarge;
        }

        RtpHeaderPatches.ClearPadding(stored);
        foreach (var link in layer.Links)
        {
            link.Send(layer, stored, index, now);
        }

        var kept = new GatheredFrame.Packet(index, isKeyFrame);
        if (track.Kind is MediaKind.Audio || !TryGather(layer, source, kept, payload.Length, now))
        {
            _fanOut.Add(layer, [kept], payload.Length, now);
        }

        return PacketFault.None;
    }

    // A picture's packets leave together, as a train for each subscriber. One that comes late leaves at once.
    private bool TryGather(
        Layer layer,
        in SourcePacket source,
        GatheredFrame.Packet packet,
        int payloadLength,
        MonotonicTime now
    )
    {
        var wait = _context.Options.LongestGathering;
        var frame = layer.Frame;
        if (
            layer.Slots.Count == 0
            || wait <= TimeSpan.Zero
            || source.Index < layer.Statistics.Highest
            || !frame.Wants(isLast: source.Marker)
        )
        {
            return false;
        }

        var isFull = frame.Add(packet, payloadLength, now + wait);
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
        if (layer.Frame.Count > 0)
        {
            _fanOut.Add(layer, layer.Frame.Packets, layer.Frame.LongestPayload, now);
        }

        layer.Frame.Clear(timeIsUp);
    }

    private static bool IsKeyFrame(CodecKind kind, in SourcePacket source, ReadOnlySpan<byte> payload) =>
        kind is CodecKind.Vp8 ? source.Descriptor.StartsKeyFrame : KeyFrames.IsKeyFrame(kind, payload);
}
