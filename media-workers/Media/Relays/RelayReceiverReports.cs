using EventMeet.Media.Codecs;
using EventMeet.Media.Feedback;
using EventMeet.Media.Packets;
using EventMeet.Media.Peers;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Relays;

/// <summary>What a receiving end says of the tracks: reports each second; at once, what is missing and which key frames are wanted.</summary>
internal sealed class RelayReceiverReports(RelayReception reception, Outlet outlet, TrainYard yard)
{
    private MonotonicTime _nextReport = MonotonicTime.Zero;

    /// <summary>Gets when to call <see cref="Advance"/>.</summary>
    public MonotonicTime NextTimeout
    {
        get
        {
            var soonest = _nextReport;
            foreach (var track in reception.Tracks)
            {
                soonest = MonotonicTime.Soonest(soonest, track.Nacks.NextTimeout);
                soonest = MonotonicTime.Soonest(soonest, track.KeyFrames.NextTimeout);
            }

            return soonest;
        }
    }

    /// <summary>Says what is due.</summary>
    public void Advance(uint ssrc, MonotonicTime now)
    {
        if (now >= _nextReport)
        {
            SendReports(ssrc, now);
        }

        foreach (var track in reception.Tracks)
        {
            SendRequests(ssrc, track, now);
        }
    }

    /// <summary>Says that this end is there, and how the tracks arrive.</summary>
    public void SendReports(uint ssrc, MonotonicTime now)
    {
        _nextReport = now + RelayProtocol.KeepAliveInterval;
        Span<ReportBlock> blocks = stackalloc ReportBlock[ReportBlock.MaxBlocks];
        var count = 0;
        var compound = new CompoundPacket(outlet, yard);
        foreach (var track in reception.Tracks)
        {
            if (!track.Statistics.TryTakeReportBlock(now, out blocks[count]))
            {
                continue;
            }

            count++;
            if (count == blocks.Length)
            {
                _ = compound.Writer.TryWriteReceiverReport(ssrc, blocks);
                compound.Send();
                compound = new CompoundPacket(outlet, yard);
                count = 0;
            }
        }

        _ = compound.Writer.TryWriteReceiverReport(ssrc, blocks[..count]);
        compound.Send();
    }

    private void SendRequests(uint ssrc, RelayTrack track, MonotonicTime now)
    {
        Span<SequenceNumber> missing = stackalloc SequenceNumber[NackTracker.MaxMissing];
        if (track.Nacks.TryTakeNack(now, missing, out var count))
        {
            var compound = new CompoundPacket(outlet, yard);
            _ = compound.Writer.TryWriteReceiverReport(ssrc, []);
            _ = compound.Writer.TryWriteNack(ssrc, track.Description.Ssrc, missing[..count]);
            compound.Send();
        }

        if (track.Nacks.TryTakeKeyFrameNeed() && track.CodecKind.IsVideo())
        {
            track.KeyFrames.HandleRequest();
        }

        if (track.KeyFrames.TryTakeRequest(now))
        {
            var compound = new CompoundPacket(outlet, yard);
            _ = compound.Writer.TryWriteReceiverReport(ssrc, []);
            _ = compound.Writer.TryWritePictureLossIndication(ssrc, track.Description.Ssrc);
            compound.Send();
        }
    }
}
