using EventMeet.Media.Values;
using EventMeet.Testing.Network;
using EventMeet.Testing.Peers;

namespace EventMeet.Media.Tests.Conversations;

/// <summary>Waking up costs as much as forwarding several packets: how often an engine asks for it, and what does not make it ask.</summary>
public sealed class WakingTests
{
    private const int Viewers = 60;

    [Fact]
    public void The_reports_to_all_viewers_leave_at_fifty_instants_a_second()
    {
        using var meeting = Meet();
        var engine = meeting.Engine;
        var end = meeting.Now + TimeSpan.FromSeconds(2);
        var (wakings, reports) = (0, 0);
        for (var now = engine.NextTimeout; now < end; now = engine.NextTimeout)
        {
            wakings++;
            engine.Advance(now);
            while (engine.TryTakeTransmit(out var transmit))
            {
                reports += IsReport(transmit.Data) ? 1 : 0;
            }
        }

        Assert.InRange(reports, Viewers, 3 * Viewers);
        Assert.InRange(wakings, 1, 110);
    }

    [Fact]
    public void A_report_of_a_viewer_makes_nothing_due()
    {
        using var meeting = Meet();
        var reports = new List<byte[]>();
        meeting.Tap = datagram =>
        {
            // Of viewers alone: the publisher's begin with a sender report.
            if (datagram[1] is 201)
            {
                reports.Add(datagram);
                return false;
            }

            return true;
        };
        _ = meeting.RunUntil(() => reports.Count > 0, TimeSpan.FromSeconds(2));
        var before = meeting.Engine.NextTimeout;

        for (ushort number = 2; number < 2 + Viewers; number++)
        {
            meeting.Engine.HandleDatagram(reports[0], meeting.AddressOf(number), meeting.Now);
        }

        Assert.False(meeting.Engine.TryTakeTransmit(out _));
        Assert.Equal(before, meeting.Engine.NextTimeout);
    }

    [Fact]
    public void Feedback_tells_when_a_packet_came_and_not_when_it_was_read()
    {
        using var meeting = new VirtualMeeting();
        var publisher = meeting.Join(new Guest { Number = 1 });
        var arrivals = new HashSet<long>();
        var random = new Random(1);
        meeting.AgeOf = datagram =>
        {
            var age = TimeSpan.FromMicroseconds(250 * random.Next(40));
            if (datagram[0] is 0x80 or 0x90)
            {
                _ = arrivals.Add((meeting.Now - age).Microseconds / 250);
            }

            return age;
        };
        meeting.Run(TimeSpan.FromSeconds(1));

        var checkedCount = publisher.PacketsAcknowledged;
        for (var times = 0; times < 20; times++)
        {
            meeting.Run(TimeSpan.FromMilliseconds(97));
            // Deltas are rounded, each from the one before.
            var arrival = publisher.LastAcknowledgedArrival.Microseconds / 250;
            Assert.True(arrivals.Contains(arrival) || arrivals.Contains(arrival - 1) || arrivals.Contains(arrival + 1));
        }

        Assert.True(publisher.PacketsAcknowledged > checkedCount);
    }

    private static VirtualMeeting Meet()
    {
        var meeting = new VirtualMeeting();
        meeting.Parameters = meeting.Parameters with { MaxPeers = 1 + Viewers };
        _ = meeting.Join(new Guest { Number = 1, Camera = false });
        meeting.JoinViewers(Viewers);

        meeting.Run(TimeSpan.FromSeconds(4));
        return meeting;
    }

    private static bool IsReport(ReadOnlySpan<byte> datagram) => datagram.Length > 1 && datagram[1] is 200;
}
