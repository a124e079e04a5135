using EventMeet.Media.Feedback;
using EventMeet.Media.Packets;
using EventMeet.Media.Peers;
using EventMeet.Media.Rooms;
using EventMeet.Media.Rtp;
using EventMeet.Media.Srtp.Ciphers;
using EventMeet.Media.Values;

namespace EventMeet.Media;

/// <summary>Steps 10 and 11 of a packet's life: from a slot that wants it to the subscriber's train.</summary>
internal sealed class PacketSender(EngineContext context)
{
    private readonly Sha1TagBatch _tags = new(CipherTiers.Best);

    /// <summary>Gets bytes of padding sent to make packets equal, since the start.</summary>
    public long PaddingBytes { get; private set; }

    /// <summary>Sends a packet of the layer that the slot carries; follow with <see cref="Complete"/> before anything leaves.</summary>
    /// <param name="slot">Where it leaves.</param>
    /// <param name="layer">Where it came from.</param>
    /// <param name="packet">What came.</param>
    /// <param name="longest">The longest payload of those that leave together with it; 0 when it leaves alone.</param>
    /// <param name="outgoing">The slot's numbers.</param>
    /// <param name="now">The time.</param>
    public void Send(
        Slot slot,
        Layer layer,
        in PlainPacket packet,
        int longest,
        in SlotPacket outgoing,
        MonotonicTime now
    )
    {
        var subscriber = slot.Subscriber;
        if (!context.Yard.TryReserve(subscriber.Outlet.Train, out var datagram))
        {
            return;
        }

        // 10. Rewrite ids and header.
        var patches =
            packet.CarriesExtensions && slot.Extensions.HasForwarded
                ? slot.Header.Write(datagram, slot.PayloadType, outgoing, packet.Header, layer.Track.Extensions)
                : slot.Header.Write(datagram, slot.PayloadType, outgoing);
        var prefix = WriteDescriptor(datagram[patches.HeaderLength..], packet, outgoing);
        var padding = longest == 0 ? 0 : PaddingFor(subscriber.Outlet, patches.HeaderLength, packet, longest);
        var rest = packet.Rest(padding);
        if (padding > 0)
        {
            // RFC 3550 section 5.1: the last byte of the padding says how long it is.
            RtpHeaderPatches.SetPadding(datagram);
            rest[^1] = (byte)padding;
            PaddingBytes += padding;
        }

        _ = Seal(subscriber, datagram, patches, prefix, rest, outgoing.Index, now, _tags);
        if (padding > 0)
        {
            rest[^1] = 0;
        }

        slot.Statistics.HandleSent(outgoing.Timestamp, packet.PayloadLength, now);
    }

    /// <summary>Finishes what was sent: writes the tags that were left to be computed together.</summary>
    public void Complete() => _tags.Complete();

    /// <summary>Sends a packet again that the subscriber misses, as RTX (RFC 4588); never padded.</summary>
    /// <returns>The bytes sent; 0 when there was nothing to send, or no room.</returns>
    public int SendAgain(
        Slot slot,
        RtxWriter rtx,
        Layer layer,
        in PlainPacket packet,
        in SlotPacket original,
        MonotonicTime now
    )
    {
        var subscriber = slot.Subscriber;
        if (packet.IsPadding || !context.Yard.TryReserve(subscriber.Outlet.Train, out var datagram))
        {
            return 0;
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
        prefix += WriteDescriptor(datagram[(patches.HeaderLength + prefix)..], packet, original);
        return Seal(subscriber, datagram, patches, prefix, packet.Rest(padding: 0), index, now);
    }

    /// <summary>Fills a hole in the slot's numbers with a packet of padding alone.</summary>
    public void SendPadding(Slot slot, in SlotPacket hole, MonotonicTime now)
    {
        var subscriber = slot.Subscriber;
        if (!context.Yard.TryReserve(subscriber.Outlet.Train, out var datagram))
        {
            return;
        }

        var patches = slot.Header.Write(datagram, slot.PayloadType, hole);
        RtpHeaderPatches.SetPadding(datagram);
        _ = Seal(subscriber, datagram, patches, prefixLength: 0, rest: [1], hole.Index, now);
    }

    private static int WriteDescriptor(Span<byte> destination, in PlainPacket packet, in SlotPacket outgoing)
    {
        var length = packet.Descriptor.Length;
        if (length > 0)
        {
            packet.Descriptor.Write(destination, outgoing.PictureId, outgoing.Tl0PictureIndex, outgoing.KeyIndex);
        }

        return length;
    }

    // As long as the datagram before it in the train, if that is a little longer; else as long as the picture's longest
    // packet, if that is. Then they leave with one call.
    private int PaddingFor(Outlet outlet, int headerLength, in PlainPacket packet, int longest)
    {
        var most = context.Options.MaxPadding;
        var grown = packet.Descriptor.Length - packet.Source.Descriptor.Length;
        var length = headerLength + packet.PayloadLength + grown + (outlet.Sender?.Overhead ?? 0);
        var missing = outlet.Train.LastLength - length;
        if (missing >= 0 && missing <= most)
        {
            return missing;
        }

        missing = longest - packet.PayloadLength;
        return missing <= most && length + missing <= TrainYard.MaxDatagram ? missing : 0;
    }

    // 11. Encrypt into the subscriber's train. The datagram's length, or 0 when it is too large for one.
    private int Seal(
        Subscriber subscriber,
        Span<byte> datagram,
        RtpHeaderPatches patches,
        int prefixLength,
        ReadOnlySpan<byte> rest,
        PacketIndex index,
        MonotonicTime now,
        Sha1TagBatch? tags = null
    )
    {
        var outlet = subscriber.Outlet;
        var sender = outlet.Sender;
        var plainLength = patches.HeaderLength + prefixLength + rest.Length;
        if (sender is null || plainLength + sender.Overhead > TrainYard.MaxDatagram)
        {
            _ = context.Faults.Count(PacketFault.TooLarge);
            return 0;
        }

        if (patches.TransportSequenceOffset != 0)
        {
            var number = subscriber.Bandwidth.HandleSent(plainLength + sender.Overhead, now);
            patches.PatchTransportSequence(datagram, number);
        }

        patches.PatchAbsSendTime(datagram, now);
        var length = tags is null
            ? sender.ProtectRtp(datagram, patches.HeaderLength, prefixLength, rest, index)
            : sender.ProtectRtp(datagram, patches.HeaderLength, prefixLength, rest, index, tags);
        TrainYard.Commit(outlet.Train, length);
        return length;
    }
}
