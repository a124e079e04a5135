using EventMeet.Media.Feedback;
using EventMeet.Media.Packets;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Benchmarks.LoadRunner;

/// <summary>The RTCP of one client, both ways: reports every second, transport-wide feedback, NACKs, key frame requests.</summary>
internal sealed class ClientReports(LoadClient client)
{
    private const int MaxCompound = 1200;
    private const uint ReceiverSsrc = 1;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly NtpClock Clock = new(NtpTime.FromUnixMicroseconds(1_700_000_000_000_000));

    private readonly TransportFeedbackRecorder _arrivals = new();
    private readonly byte[] _compound = new byte[1500];
    private MonotonicTime _nextReports = MonotonicTime.Zero;

    private uint OwnSsrc => client.Published.Count > 0 ? client.Published[0].Stream.Ssrc : ReceiverSsrc;

    public void NoteArrival(in RtpHeader header, HeaderExtensionMap extensions, MonotonicTime arrivedAt)
    {
        if (HeaderExtensions.Read(header, extensions).TryReadTransportSequence(out var sequence))
        {
            _arrivals.HandleArrival(sequence, arrivedAt);
        }
    }

    public void Handle(ReadOnlySpan<byte> compound, MonotonicTime arrivedAt)
    {
        var fault = RtcpReader.TryOpen(compound, out var reader);
        while (fault is PacketFault.None && reader.MoveNext())
        {
            Handle(reader.Current, arrivedAt);
        }
    }

    public void Advance(MonotonicTime now)
    {
        if (now >= _nextReports)
        {
            // Spread over the second, so that not all clients report at once.
            _nextReports =
                _nextReports == MonotonicTime.Zero
                    ? now + (Interval * (client.Descriptor % 64 / 64.0))
                    : now + Interval;
            SendReports(now);
        }

        SendRequests(now);
        while (
            _arrivals.TryTakeFeedback(
                now,
                OwnSsrc,
                client.Received.Count > 0 ? client.Received[0].Media.SlotSsrc : 0,
                _compound.AsSpan(0, MaxCompound),
                out var length
            )
        )
        {
            client.SendRtcp(_compound, length);
        }
    }

    private void Handle(in RtcpPacket packet, MonotonicTime arrivedAt)
    {
        if (
            packet.Type is RtcpPacketType.SenderReport
            && SenderReport.TryParse(packet, out var report) is PacketFault.None
        )
        {
            foreach (var stream in client.Received)
            {
                if (stream.Media.SlotSsrc == report.Ssrc)
                {
                    stream.Statistics.HandleSenderReport(report.Sender, arrivedAt);
                }
            }
        }
        else if (GenericNack.TryParse(packet, out var nack) is PacketFault.None)
        {
            while (nack.MoveNext())
            {
                SendAgain(nack.MediaSsrc, nack.Current);
            }
        }
        else if (PictureLossIndication.TryParse(packet, out var indication) is PacketFault.None)
        {
            foreach (var stream in client.Published)
            {
                _ = stream.HandleKeyFrameRequest(indication.MediaSsrc);
            }
        }
    }

    private void SendAgain(uint ssrc, SequenceNumber missing)
    {
        foreach (var stream in client.Published)
        {
            if (stream.Stream.Ssrc == ssrc)
            {
                client.SendAgain(stream.Stream, missing);
            }
        }
    }

    private void SendReports(MonotonicTime now)
    {
        Span<ReportBlock> blocks = stackalloc ReportBlock[ReportBlock.MaxBlocks];
        var count = 0;
        foreach (var stream in client.Received)
        {
            if (count < blocks.Length && stream.Statistics.TryTakeReportBlock(now, out var block))
            {
                blocks[count++] = block;
            }
        }

        var writer = new RtcpWriter(_compound.AsSpan(0, MaxCompound));
        var first = blocks[..count];
        foreach (var stream in client.Published)
        {
            if (stream.Stream.TryMakeReport(now, Clock, out var report))
            {
                _ = writer.TryWriteSenderReport(stream.Stream.Ssrc, report, first);
                first = [];
            }
        }

        if (writer.Length == 0)
        {
            _ = writer.TryWriteReceiverReport(OwnSsrc, first);
        }

        _ = writer.TryWriteCname(OwnSsrc, "load"u8);
        foreach (var stream in client.Received)
        {
            // Servers that do not ask by themselves are asked for a picture to begin with.
            if (!stream.HasStarted && stream.Media.Kind is MediaKind.Video)
            {
                _ = writer.TryWritePictureLossIndication(OwnSsrc, stream.Media.SlotSsrc);
            }
        }

        client.SendRtcp(_compound, writer.Length);
    }

    private void SendRequests(MonotonicTime now)
    {
        Span<SequenceNumber> missing = stackalloc SequenceNumber[NackTracker.MaxMissing];
        foreach (var stream in client.Received)
        {
            if (stream.Nacks.MissingCount == 0 || !stream.Nacks.TryTakeNack(now, missing, out var count))
            {
                continue;
            }

            var writer = new RtcpWriter(_compound.AsSpan(0, MaxCompound));
            _ = writer.TryWriteNack(OwnSsrc, stream.Media.SlotSsrc, missing[..count]);
            if (stream.Nacks.TryTakeKeyFrameNeed())
            {
                _ = writer.TryWritePictureLossIndication(OwnSsrc, stream.Media.SlotSsrc);
            }

            client.SendRtcp(_compound, writer.Length);
        }
    }
}
