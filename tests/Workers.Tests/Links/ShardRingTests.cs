using System.Buffers.Binary;
using EventMeet.Media.Links;
using EventMeet.Media.Values;
using EventMeet.Sfu.Links;
using EventMeet.Sockets.Interop;

namespace EventMeet.Workers.Tests.Links;

/// <summary>The memory between two shards, with the threads of two shards on it.</summary>
public sealed class ShardRingTests
{
    private readonly ShardRing _ring = new(from: 3, new ShardBell(() => { }));

    [Fact]
    public void Packets_leave_room_for_messages_and_what_was_read_is_free_again()
    {
        var packets = 0;
        while (Put(_ring, packets))
        {
            packets++;
        }

        var messages = 0;
        while (_ring.TrySend(new LinkClosed(1, LeaveReason.Left)))
        {
            messages++;
        }

        Assert.Equal(ShardRing.Capacity - ShardRing.KeptForMessages, packets);
        Assert.Equal(ShardRing.Capacity, packets + messages);
        Assert.True(_ring.TryPeek(out var first));
        Assert.Equal(20, first.Packet.Length);
        _ring.Free();
        Assert.True(_ring.TrySend(new LinkClosed(1, LeaveReason.Left)));
        Assert.False(_ring.TrySend(new LinkClosed(1, LeaveReason.Left)));
        Assert.False(Put(_ring, 0));
        var read = 0;
        for (; _ring.TryPeek(out var item); read += item.Message is null ? 1 : 0)
        {
            _ring.Free();
        }

        Assert.Equal(packets - 1, read);
        Assert.True(_ring.IsEmpty);
        Assert.True(Put(_ring, 0));
    }

    [Fact]
    public void A_ring_that_nobody_uses_takes_no_memory_and_a_used_one_allocates_nothing_more()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var ring = new ShardRing(0, new ShardBell(() => { }));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);

        _ = Put(ring, 0);
        before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++)
        {
            _ = Put(ring, i);
            ring.Ring();
            _ = ring.TryPeek(out _);
            ring.Free();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>A million packets from one thread to another that sleeps whenever it may: whole, in order, and none is slept through.</summary>
    [Fact]
    public void What_one_thread_writes_another_reads_whole_and_in_order()
    {
        const int Count = 1_000_000;
        using var wakeUp = new WakeUp();
        using var epoll = new EpollSet();
        epoll.Watch(wakeUp.Descriptor, 1);
        var there = new ShardLinks(wakeUp.Set);
        var here = new ShardLinks(() => { });
        var ring = here.AddWayTo(0, there);
        var writer = new Thread(() =>
        {
            for (var i = 0; i < Count; )
            {
                if (Put(ring, i))
                {
                    i++;
                }
                else
                {
                    here.Ring();
                    _ = Thread.Yield();
                }

                // Sometimes after one, sometimes after many.
                if (i % 7 == 0 || i % 1000 < 3)
                {
                    here.Ring();
                }
            }

            here.Ring();
        });
        writer.Start();
        var (slept, next, faults) = (0, 0, 0);
        while (next < Count)
        {
            if (there.TrySleep())
            {
                // A wake-up that is lost is found out here.
                Assert.True(epoll.Wait(TimeSpan.FromSeconds(20)) > 0, $"Slept through packet {next}.");
                wakeUp.Clear();
                slept++;
            }

            there.Awake();
            for (; ring.TryPeek(out var item); next++)
            {
                faults += IsWhole(item, next) ? 0 : 1;
                ring.Free();
            }
        }

        writer.Join();
        Assert.Equal(0, faults);
        Assert.True(ring.IsEmpty);
        Assert.True(slept > 0);
    }

    private static bool Put(ShardRing ring, int number)
    {
        if (!ring.TryReserve(out var packet))
        {
            return false;
        }

        var length = 20 + (number % 1400);
        BinaryPrimitives.WriteInt32BigEndian(packet, number);
        BinaryPrimitives.WriteInt32BigEndian(packet[(length - 4)..], ~number);
        ring.Commit(number & 0xFF, new PacketIndex(number), length);
        return true;
    }

    private static bool IsWhole(in ShardRing.Item item, int number) =>
        item.Packet.Length == 20 + (number % 1400)
        && item.Layer == (number & 0xFF)
        && item.Index.Value == number
        && BinaryPrimitives.ReadInt32BigEndian(item.Packet) == number
        && BinaryPrimitives.ReadInt32BigEndian(item.Packet[^4..]) == ~number;
}
