using EventMeet.Media.Rooms;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Peers;

/// <summary>The sender reports of a subscriber's slots: what ties their timestamps to the wall clock.</summary>
internal static class SenderReports
{
    /// <summary>Writes a report for each slot of a peer that has sent anything.</summary>
    public static void Send(Peer peer, EngineContext context, MonotonicTime now)
    {
        var compound = new CompoundPacket(peer.Outlet, context.Yard);
        foreach (var slot in peer.Slots)
        {
            if (
                (
                    TryMakeKnown(slot, context, now, out var report)
                    || slot.Statistics.TryMakeReport(now, context.Ntp, out report)
                ) && !compound.Writer.TryWriteSenderReport(slot.Ssrc, report, [])
            )
            {
                compound.Send();
                compound = new CompoundPacket(peer.Outlet, context.Yard);
                _ = compound.Writer.TryWriteSenderReport(slot.Ssrc, report, []);
            }
        }

        if (compound.Writer.Length > 0)
        {
            // RFC 3550 section 6.1: every compound packet names its sender.
            var first = peer.Slots[0];
            _ = compound.Writer.TryWriteCname(first.Ssrc, first.CnameBytes);
        }

        compound.Send();
    }

    /// <summary>
    /// Writes a report for each slot of a relay whose publisher has said how its timestamps belong to its clock; where that is
    /// not known, the receiving end guesses as well as we could. At least one packet leaves, empty if need be.
    /// </summary>
    /// <param name="relay">Whose slots.</param>
    /// <param name="ssrc">The relay's own, under which every compound packet begins.</param>
    /// <param name="context">The engine's.</param>
    /// <param name="now">Now.</param>
    public static void SendKnown(Subscriber relay, uint ssrc, EngineContext context, MonotonicTime now)
    {
        var compound = new CompoundPacket(relay.Outlet, context.Yard);
        _ = compound.Writer.TryWriteReceiverReport(ssrc, []);
        foreach (var slot in relay.Slots)
        {
            if (
                TryMakeKnown(slot, context, now, out var report)
                && !compound.Writer.TryWriteSenderReport(slot.Ssrc, report, [])
            )
            {
                compound.Send();
                compound = new CompoundPacket(relay.Outlet, context.Yard);
                _ = compound.Writer.TryWriteReceiverReport(ssrc, []);
                _ = compound.Writer.TryWriteSenderReport(slot.Ssrc, report, []);
            }
        }

        compound.Send();
    }

    // The publisher's own clock, where its reports tell it: that is what keeps its sound and picture together.
    private static bool TryMakeKnown(Slot slot, EngineContext context, MonotonicTime now, out SenderInfo report)
    {
        report = default;
        if (
            slot.Carried is not { } layer
            || layer.Statistics.LastSenderReport is not { } source
            || layer.Track.Publisher.SenderClock is not { IsKnown: true } clock
        )
        {
            return false;
        }

        var timestamp = clock.TimestampAt(now, context.Ntp, source, slot.ClockRate);
        return slot.Statistics.TryMakeReport(now, context.Ntp, slot.Rewriter.MapTimestamp(timestamp), out report);
    }
}
