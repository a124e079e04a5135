using EventMeet.Media.Codecs;
using EventMeet.Media.Feedback;
using EventMeet.Media.Packets;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Rtp;

/// <summary>A packet's way through the areas Rtp, Codecs and Feedback, as the engine walks it.</summary>
public sealed class PacketPathTests
{
    private readonly byte[] _packet = Annotated.Bytes(
        """
        90 60 00 00 00 00 00 00 00 00 00 01
        BE DE 00 02 22 AA BB CC 31 12 34 00
        90 E0 80 01 05 20 ; VP8, picture 1, tl0picidx 5
        01 02 03 04 05 06 07 08
        """
    );

    private readonly byte[] _outgoing = new byte[1500];
    private readonly byte[] _report = new byte[1500];
    private readonly SequenceNumber[] _missing = new SequenceNumber[64];
    private readonly ReceiveStatistics _received = new(1, 90_000);
    private readonly SendStatistics _sent = new(90_000);
    private readonly TransportFeedbackRecorder _recorder = new();
    private readonly NackTracker _nacks = new();
    private readonly PacketCache _cache = PacketCache.ForVideo();
    private readonly SlotRewriter _slot = new(90_000, marksTalkspurts: false, new(100), 0);
    private PacketIndex _index;

    [Fact]
    public void Allocates_nothing_per_packet()
    {
        // Rings are made with the first packets; so are the runtime's own stubs.
        Forward(0, 3000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var sent = Forward(3000, 4000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(900, sent);
    }

    private int Forward(int from, int until)
    {
        var sent = 0;
        for (var count = from; count < until; count++)
        {
            // Every tenth is lost, every hundredth leaves its frame to a switch.
            if (count % 10 != 5)
            {
                sent += ForwardOne((ushort)count, new(count * 1000L), switches: count % 100 == 0) ? 1 : 0;
            }
        }

        return sent;
    }

    private bool ForwardOne(ushort number, MonotonicTime now, bool switches)
    {
        _packet[2] = (byte)(number >> 8);
        _packet[3] = (byte)number;
        if (RtpHeader.TryParse(_packet, out var header) != PacketFault.None)
        {
            return false;
        }

        var extensions = HeaderExtensions.Read(header, Maps.Publisher);
        _ = extensions.TryReadTransportSequence(out _);
        _recorder.HandleArrival(number, now);
        _index = _index.Unwrap(header.SequenceNumber);
        _received.HandleArrival(_index, header.Timestamp, _packet.Length - header.HeaderLength, now);
        _nacks.HandleArrival(_index, now);
        _ = _cache.Store(_index, _packet);
        _ = header.TryReadPayload(_packet, out var payload);
        _ = Vp8Descriptor.TryParse(payload, out var descriptor);
        var source = new SourcePacket(_index, header.Timestamp, header.Marker, descriptor);
        if (switches)
        {
            _slot.SwitchTo(number, source, now);
        }

        return _slot.TryMap(_slot.Tag ?? 0, source, now, out var slot) && Send(header, payload, slot, descriptor, now);
    }

    private bool Send(
        in RtpHeader header,
        ReadOnlySpan<byte> payload,
        SlotPacket slot,
        in Vp8Descriptor descriptor,
        MonotonicTime now
    )
    {
        var fields = new RtpHeaderFields(102, slot.Marker, slot.Index.SequenceNumber, slot.Timestamp, 0xCAFE);
        var patches = RtpHeaderWriter.Write(_outgoing, fields, header, Maps.Publisher, Maps.Subscriber, "1"u8);
        patches.PatchTransportSequence(_outgoing, 7);
        patches.PatchAbsSendTime(_outgoing, now);
        var length = patches.HeaderLength;
        var image = new Vp8DescriptorImage(descriptor);
        image.Write(_outgoing.AsSpan(length), slot.PictureId, slot.Tl0PictureIndex, slot.KeyIndex);
        length += image.Length;
        payload[descriptor.Length..].CopyTo(_outgoing.AsSpan(length));
        _sent.HandleSent(slot.Timestamp, payload.Length, now);

        var writer = new RtcpWriter(_report);
        if (_nacks.TryTakeNack(now, _missing, out var count))
        {
            _ = writer.TryWriteNack(1, 2, _missing.AsSpan(0, count));
        }

        if (_recorder.TryTakeFeedback(now, 1, 2, writer.Rest, out var feedbackLength))
        {
            writer.Advance(feedbackLength);
        }

        return _slot.TryMapBack(slot.Index.SequenceNumber, out var history)
            && _cache.TryLocate(history.Source, out _, out _)
            && RtcpReader.TryOpen(writer.Written, out _) is PacketFault.None or PacketFault.Truncated;
    }
}
