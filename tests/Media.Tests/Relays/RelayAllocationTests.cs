using EventMeet.Media.Relays;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Tests.Conversations;
using EventMeet.Media.Values;
using EventMeet.Testing.Network;

namespace EventMeet.Media.Tests.Relays;

/// <summary>Packets over a relay allocate nothing, at either end.</summary>
[Collection(MemoryTestsAlone.Name)]
public sealed class RelayAllocationTests
{
    private const int Packets = 10_000;

    [Fact]
    public void Ten_thousand_packets_over_a_relay_allocate_nothing()
    {
        using var scene = new RelayScene();
        var meeting = scene.Meeting;
        _ = scene.Open();
        _ = meeting.Join(
            new Guest
            {
                Number = 1,
                BitsPerSecond = 6_000_000,
                VideoSlots = 0,
                AudioSlots = 0,
            }
        );
        scene.Watcher.Keeps = false;
        scene.Run(5);
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
        // Whole pictures: the packets of one that is not would wait for its last.
        Assert.True(
            meeting.RunUntil(() => recorded.Count >= Packets && IsLast(recorded[^1].Datagram), TimeSpan.FromSeconds(60))
        );

        var (from, start, now) = (meeting.AddressOf(1), recorded[0].At, meeting.Now);
        var relayed = new byte[recorded.Count][];
        for (var i = 0; i < relayed.Length; i++)
        {
            relayed[i] = new byte[1500];
        }

        var lengths = new int[relayed.Length];
        var count = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var (datagram, at) in recorded)
        {
            meeting.Engine.HandleDatagram(datagram, from, now + (at - start));
            while (meeting.Engine.TryTakeTransmit(out var transmit))
            {
                var rest = transmit.Destination == RelayScene.There ? transmit.Data : [];
                for (; !rest.IsEmpty; rest = rest[lengths[count++]..])
                {
                    lengths[count] = Math.Min(transmit.SegmentSize, rest.Length);
                    rest[..lengths[count]].CopyTo(relayed[count]);
                }
            }
        }

        var sending = GC.GetAllocatedBytesForCurrentThread() - before;
        var consumer = new Counter();
        before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < count; i++)
        {
            _ = scene.Watcher.Receiver.HandleDatagram(
                relayed[i].AsSpan(0, lengths[i]),
                VirtualMeeting.Server,
                now,
                consumer
            );
            while (scene.Watcher.Receiver.TryTakeTransmit(out _)) { }
        }

        var receiving = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal((recorded.Count, recorded.Count), (count, consumer.Count));
        Assert.Equal((0, 0), (sending, receiving));
    }

    // RTP of a video payload type; the publisher is number 1, whose payload types are Firefox's.
    private static bool IsVideo(byte[] datagram) => datagram[0] is 0x80 or 0x90 && (datagram[1] & 0x7F) == 120;

    private static bool IsLast(byte[] datagram) => (datagram[1] & 0x80) != 0;

    private sealed class Counter : IRelayConsumer
    {
        public int Count { get; private set; }

        public void HandlePacket(RelayTrack track, ReadOnlySpan<byte> packet, MonotonicTime now) => Count++;

        public void HandleSenderReport(RelayTrack track, in SenderInfo report, MonotonicTime now) { }

        public void HandleControl(RelayMessage message) { }
    }
}
