using EventMeet.Media.Feedback;
using EventMeet.Media.Packets;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Testing.Peers;

/// <summary>The RTCP of a synthetic participant, both ways.</summary>
internal sealed class VirtualReports(VirtualPeer peer, VirtualTransport transport)
{
    private const int MaxCompound = 1200;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // What libwebrtc says in reports of a participant that sends nothing.
    private const uint ReceiverSsrc = 1;

    // Any time of day will do, as long as it is not the server's.
    private static readonly NtpClock Clock = new(NtpTime.FromUnixMicroseconds(1_700_000_000_000_000));

    private readonly TransportFeedbackRecorder _arrivals = new();
    private readonly byte[] _compound = new byte[1500];
    private MonotonicTime _nextReports = MonotonicTime.Zero;

    public long PacketsAcknowledged { get; private set; }

    public MonotonicTime LastAcknowledgedArrival { get; private set; }

    public MonotonicTime NextTimeout =>
        !transport.IsConnected ? MonotonicTime.Never : MonotonicTime.Soonest(_nextReports, _arrivals.NextTimeout);

    private uint OwnSsrc => peer.Tracks.Count > 0 ? peer.Tracks[0].Streams.First().Ssrc : ReceiverSsrc;

    /// <summary>Notes the transport-wide number of a packet.</summary>
    public void NoteArrival(in RtpHeader header, MonotonicTime now)
    {
        // Every m-line of a session has the same ids.
        var map = peer.Session.Media[0].ExtensionMap;
        if (HeaderExtensions.Read(header, map).TryReadTransportSequence(out var sequence))
        {
            _arrivals.HandleArrival(sequence, now);
        }
    }

    /// <summary>Takes what the server reports and asks for.</summary>
    public void Handle(ReadOnlySpan<byte> compound, MonotonicTime now)
    {
        var fault = RtcpReader.TryOpen(compound, out var reader);
        if (fault is not PacketFault.None)
        {
            peer.Slots.FirstOrDefault()?.Viewer.Complain($"RTCP is malformed: {fault}.");
        }

        while (fault is PacketFault.None && reader.MoveNext())
        {
            Handle(reader.Current, now);
        }
    }

    public void Advance(MonotonicTime now)
    {
        if (now >= _nextReports)
        {
            _nextReports = now + Interval;
            SendReports(now);
        }

        SendRequests(now);
        SendFeedback(now);
    }

    private void Handle(in RtcpPacket packet, MonotonicTime now)
    {
        if (
            packet.Type is RtcpPacketType.SenderReport
            && SenderReport.TryParse(packet, out var report) is PacketFault.None
        )
        {
            var ssrc = report.Ssrc;
            peer.Slots.Find(slot => slot.Media.SlotSsrc == ssrc)?.HandleSenderReport(report.Sender, now);
        }
        else if (
            packet.Type is RtcpPacketType.ReceiverReport
            && ReceiverReport.TryParse(packet, out var received) is PacketFault.None
        )
        {
            for (var i = 0; i < received.Blocks.Count; i++)
            {
                var block = received.Blocks[i];
                if (StreamOf(block.Ssrc) is { } stream)
                {
                    stream.WorstReportedLoss = Math.Max(stream.WorstReportedLoss, block.FractionLost);
                }
            }
        }
        else if (GenericNack.TryParse(packet, out var nack) is PacketFault.None)
        {
            while (StreamOf(nack.MediaSsrc) is { } stream && nack.MoveNext())
            {
                peer.SendAgain(stream, nack.Current);
            }
        }
        else if (PictureLossIndication.TryParse(packet, out var indication) is PacketFault.None)
        {
            var ssrc = indication.MediaSsrc;
            _ = peer.Tracks.Exists(track => track.HandleKeyFrameRequest(ssrc, now));
        }
        else if (TransportFeedback.TryParse(packet, out var feedback) is PacketFault.None)
        {
            while (feedback.MoveNext())
            {
                if (feedback.IsReceived)
                {
                    PacketsAcknowledged++;
                    LastAcknowledgedArrival = new(feedback.ArrivalMicroseconds);
                }
            }
        }
    }

    private OutgoingStream? StreamOf(uint ssrc) =>
        peer.Tracks.SelectMany(track => track.Streams).FirstOrDefault(stream => stream.Ssrc == ssrc);

    private void SendReports(MonotonicTime now)
    {
        var blocks = new List<ReportBlock>();
        foreach (var slot in peer.Slots)
        {
            if (slot.TryTakeReportBlock(now, out var block))
            {
                blocks.Add(block);
            }
        }

        var writer = new RtcpWriter(_compound.AsSpan(0, MaxCompound));
        var first = blocks.Take(ReportBlock.MaxBlocks).ToArray();
        foreach (var stream in peer.Tracks.SelectMany(track => track.Streams))
        {
            if (stream.TryMakeReport(now, Clock, out var report))
            {
                _ = writer.TryWriteSenderReport(stream.Ssrc, report, first);
                first = [];
            }
        }

        if (writer.Length == 0)
        {
            _ = writer.TryWriteReceiverReport(OwnSsrc, first);
        }

        _ = writer.TryWriteCname(OwnSsrc, "synthetic"u8);
        transport.SendRtcp(_compound, writer.Length);
    }

    private void SendRequests(MonotonicTime now)
    {
        Span<SequenceNumber> missing = stackalloc SequenceNumber[NackTracker.MaxMissing];
        foreach (var slot in peer.Slots)
        {
            var writer = new RtcpWriter(_compound.AsSpan(0, MaxCompound));
            if (slot.TryTakeNack(now, missing, out var count) && slot.Media.RtxPayloadType is not null)
            {
                _ = writer.TryWriteNack(OwnSsrc, slot.Media.SlotSsrc, missing[..count]);
            }

            if (slot.TryTakeKeyFrameRequest(now))
            {
                _ = writer.TryWritePictureLossIndication(OwnSsrc, slot.Media.SlotSsrc);
            }

            transport.SendRtcp(_compound, writer.Length);
        }
    }

    private void SendFeedback(MonotonicTime now)
    {
        while (
            _arrivals.TryTakeFeedback(
                now,
                OwnSsrc,
                peer.Slots.Count > 0 ? peer.Slots[0].Media.SlotSsrc : 0,
                _compound.AsSpan(0, MaxCompound),
                out var length
            )
        )
        {
            transport.SendRtcp(_compound, length);
        }
    }
}
