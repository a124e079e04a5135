using System.Text;
using EventMeet.Media.Rooms;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Peers;

/// <summary>The sender reports of a subscriber's slots: what ties their timestamps to the wall clock.</summary>
internal static class SenderReports
{
    /// <summary>Writes a report for each slot that has sent anything.</summary>
    public static void Send(Subscriber subscriber, EngineContext context, MonotonicTime now)
    {
        var compound = new CompoundPacket(subscriber.Outlet, context.Yard);
        foreach (var slot in subscriber.Slots)
        {
            if (!TryMakeReport(slot, context, now, out var report))
            {
                continue;
            }

            if (!compound.Writer.TryWriteSenderReport(slot.Ssrc, report, []))
            {
                compound.Send();
                compound = new CompoundPacket(subscriber.Outlet, context.Yard);
                _ = compound.Writer.TryWriteSenderReport(slot.Ssrc, report, []);
            }
        }

        if (compound.Writer.Length > 0)
        {
            // RFC 3550 section 6.1: every compound packet names its sender.
            var first = subscriber.Slots[0];
            _ = compound.Writer.TryWriteCname(first.Ssrc, Encoding.ASCII.GetBytes(first.Cname));
        }

        compound.Send();
    }

    private static bool TryMakeReport(Slot slot, EngineContext context, MonotonicTime now, out SenderInfo report)
    {
        // The publisher's own clock, where its reports tell it: that is what keeps its sound and picture together.
        if (
            slot.Carried is { } layer
            && layer.Statistics.LastSenderReport is { } source
            && layer.Track.Publisher.SenderClock is { IsKnown: true } clock
        )
        {
            var timestamp = clock.TimestampAt(now, context.Ntp, source, slot.ClockRate);
            return slot.Statistics.TryMakeReport(now, context.Ntp, slot.Rewriter.MapTimestamp(timestamp), out report);
        }

        return slot.Statistics.TryMakeReport(now, context.Ntp, out report);
    }
}
