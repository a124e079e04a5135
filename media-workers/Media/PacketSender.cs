using EventMeet.Media.Feedback;
using EventMeet.Media.Packets;
using EventMeet.Media.Peers;
using EventMeet.Media.Rooms;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Media;

/// <summary>Steps 10 and 11 of a packet's life: from a slot that wants it to the subscriber's train.</summary>
internal sealed class PacketSender(EngineContext context)
{
    // Where a payload and the padding behind it are made into one piece, once for all subscribers.
    private readonly byte[] _padded = new byte[TrainYard.MaxDatagram + byte.MaxValue];

    /// <summary>Gets bytes of padding sent to make packets equal, since the start.</summary>
    public long PaddingBytes { get; private set; }

    /// <summary>Copies a payload to where padding can follow it.</summary>
    /// <param name="payload">Of one packet of a picture.</param>
    /// <param name="wanted">The length of the picture's longest payload; 0 when there are no others.</param>
    /// <returns>What <see cref="Send"/> takes as room; empty when there is nothing to make equal.</returns>
    public Span<byte> MakeRoomForPadding(ReadOnlySpan<byte> payload, int wanted)
    {
        var most = context.Options.MaxPadding;
        if (most == 0 || wanted == 0 || payload.IsEmpty || payload.Length > TrainYard.MaxDatagram)
        {
            return default;
        }

        payload.CopyTo(_padded);
        _padded.AsSpan(payload.Length, most).Clear();
        // As long as the picture's others, if it is nearly so; what headers differ by comes on top.
        return _padded.AsSpan(0, wanted - payload.Length <= most ? wanted : payload.Length);
    }

    /// <summary>Sends a packet of the layer that the slot carries.</summary>
    /// <param name="slot">Where it leaves.</param>
    /// <param name="layer">Where it came from.</param>
    /// <param name="packet">What came.</param>
    /// <param name="outgoing">The slot's numbers.</param>
    /// <param name="now">The time.</param>
    public void Send(Slot slot, Layer layer, in ForwardedPacket packet, in SlotPacket outgoing, MonotonicTime now)
    {
        var subscriber = slot.Subscriber;
        var train = subscriber.Outlet.Train;
        if (!context.Yard.TryReserve(train, out var datagram))
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
            packet.Header,
            layer.Track.Extensions,
            slot.Extensions,
            slot.MidBytes
        );
        var prefix = WriteDescriptor(datagram[patches.HeaderLength..], packet.Source, outgoing);
        var rest = packet.Payload[packet.Source.Descriptor.Length..];
        var padding = packet.Room.IsEmpty
            ? 0
            : PaddingFor(subscriber.Outlet, patches.HeaderLength + prefix + rest.Length, packet);
        if (padding == 0)
        {
            Seal(subscriber, datagram, patches, prefix, rest, outgoing.Index, now);
        }
        else
        {
            SealPadded(subscriber, datagram, patches, prefix, packet, padding, outgoing.Index, now);
        }

        slot.Statistics.HandleSent(outgoing.Timestamp, packet.Payload.Length, now);
    }

    /// <summary>Sends a packet again that the subscriber misses, as RTX (RFC 4588); never padded.</summary>
    public void SendAgain(
        Slot slot,
        RtxWriter rtx,
        Layer layer,
        in ForwardedPacket packet,
        in SlotPacket original,
        MonotonicTime now
    )
    {
        var subscriber = slot.Subscriber;
        if (packet.Payload.IsEmpty || !context.Yard.TryReserve(subscriber.Outlet.Train, out var datagram))
        {
            return;
        }

        var fields = rtx.TakeNext(original.Timestamp, original.Marker, out var index);
        var patches = RtpHeaderWriter.Write(
            datagram,
            fields,
            packet.Header,
            layer.Track.Extensions,
            slot.Extensions,
            slot.MidBytes
        );
        var prefix = RtxWriter.WriteOriginalNumber(datagram[patches.HeaderLength..], original.Index.SequenceNumber);
        prefix += WriteDescriptor(datagram[(patches.HeaderLength + prefix)..], packet.Source, original);
        Seal(subscriber, datagram, patches, prefix, packet.Payload[packet.Source.Descriptor.Length..], index, now);
    }

    /// <summary>Fills a hole in the slot's numbers with a packet of padding alone.</summary>
    public void SendPadding(Slot slot, in SlotPacket hole, MonotonicTime now)
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

    // As long as the datagram before it in the train, if that is a little longer; else as long as the picture's longest
    // packet. Then they leave with one call.
    private int PaddingFor(Outlet outlet, int plainLength, in ForwardedPacket packet)
    {
        var missing = outlet.Train.LastLength - (outlet.Sender?.Overhead ?? 0) - plainLength;
        return missing >= 0 && missing <= context.Options.MaxPadding
            ? missing
            : packet.Room.Length - packet.Payload.Length;
    }

    // RFC 3550 section 5.1: the last byte of the padding says how long it is.
    private void SealPadded(
        Subscriber subscriber,
        Span<byte> datagram,
        RtpHeaderPatches patches,
        int prefixLength,
        in ForwardedPacket packet,
        int padding,
        PacketIndex index,
        MonotonicTime now
    )
    {
        var length = packet.Payload.Length + padding;
        RtpHeaderPatches.SetPadding(datagram);
        _padded[length - 1] = (byte)padding;
        var rest = _padded.AsSpan(packet.Source.Descriptor.Length, length - packet.Source.Descriptor.Length);
        Seal(subscriber, datagram, patches, prefixLength, rest, index, now);
        _padded[length - 1] = 0;
        PaddingBytes += padding;
    }

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
