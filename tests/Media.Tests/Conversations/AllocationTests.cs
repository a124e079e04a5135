using EventMeet.Media.Values;
using EventMeet.Testing.Network;

namespace EventMeet.Media.Tests.Conversations;

/// <summary>Forwarding allocates nothing: measured over a whole engine, one publisher and a hundred who watch.</summary>
[Collection(MemoryTestsAlone.Name)]
public sealed class AllocationTests
{
    private const int Packets = 10_000;
    private const int Viewers = 100;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_million_packets_allocate_nothing(int shards)
    {
        // Of two shards the first has the publisher, the second everybody who watches: every packet crosses.
        using var meeting = new VirtualMeeting(shards: shards);
        meeting.Parameters = meeting.Parameters with { MaxPeers = 1 + Viewers };
        var publisher = meeting.Join(
            new Guest
            {
                Number = 1,
                BitsPerSecond = 6_000_000,
                VideoSlots = 0,
                AudioSlots = 0,
                Shard = 0,
            }
        );
        meeting.JoinViewers(Viewers, shard: shards - 1);

        meeting.Run(TimeSpan.FromSeconds(5));
        var recorded = new List<(byte[] Datagram, MonotonicTime At)>();
        meeting.Tap = datagram =>
        {
            if (IsVideo(datagram))
            {
                recorded.Add((datagram, meeting.Now));
                return false;
            }

            return true;
        };
        Assert.True(
            meeting.RunUntil(() => recorded.Count >= Packets && IsLast(recorded[^1].Datagram), TimeSpan.FromSeconds(60))
        );

        var from = meeting.AddressOf(1);
        var sent = 0L;
        var now = meeting.Now;
        var start = recorded[0].At;
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var (datagram, at) in recorded)
        {
            meeting.Engine.HandleDatagram(datagram, from, now + (at - start));
            sent += TakeAll(meeting.Engine, from);
            while (shards == 2 && meeting.Links[(0, 1)].IsReady)
            {
                meeting.Links[(0, 1)].Deliver(meeting.Engines[1], now + (at - start));
                sent += TakeAll(meeting.Engines[1], from);
            }
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(recorded.Count * Viewers, sent);
        Assert.Equal(0, allocated);
        Assert.False(publisher.HasFailed);
    }

    [Fact]
    public void Timers_and_reports_of_a_running_call_allocate_next_to_nothing()
    {
        using var meeting = new VirtualMeeting();
        for (ushort number = 1; number <= 4; number++)
        {
            var peer = meeting.Join(new Guest { Number = number });
            peer.TrackOf("mic").AudioLevel = 127;
        }

        meeting.Run(TimeSpan.FromSeconds(5));
        var now = meeting.Now;
        var engine = meeting.Engine;
        Tick(engine, now, ticks: 100);
        now += TimeSpan.FromMilliseconds(500);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Tick(engine, now, ticks: 2000);

        // Ten seconds of ticks: reports once a second for four peers. The budget is a tenth of a kilobyte per peer and second.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 * 10 * 100);
    }

    private static long TakeAll(ForwardingEngine engine, TransportAddress publisher)
    {
        var sent = 0L;
        while (engine.TryTakeTransmit(out var transmit))
        {
            sent += transmit.Destination == publisher ? 0 : CountOf(transmit);
        }

        return sent;
    }

    private static int CountOf(in Transmit transmit) =>
        (transmit.Data.Length + transmit.SegmentSize - 1) / transmit.SegmentSize;

    // The marker bit: a picture that is whole waits for nothing.
    private static bool IsLast(byte[] datagram) => (datagram[1] & 0x80) != 0;

    private static void Tick(ForwardingEngine engine, MonotonicTime now, int ticks)
    {
        for (var i = 0; i < ticks; i++)
        {
            engine.Advance(now + TimeSpan.FromMilliseconds(5 * i));
            while (engine.TryTakeTransmit(out _)) { }
        }
    }

    // RTP of a video payload type; the publisher is number 1, whose payload types are Firefox's.
    private static bool IsVideo(byte[] datagram) => datagram[0] is 0x80 or 0x90 && (datagram[1] & 0x7F) == 120;
}
