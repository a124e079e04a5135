using EventMeet.Media.Feedback;
using EventMeet.Media.Values;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Feedback;

public sealed class PacketCacheTests
{
    [Fact]
    public void Keeps_the_last_packets_and_forgets_the_oldest()
    {
        var cache = new PacketCache(byteCapacity: 4000, packetCapacity: 16);
        for (var index = 0; index < 10; index++)
        {
            _ = cache.Store(new(index), Packet(index, 1200));
        }

        // Three of 1200 fit into 4000, and the ring's end is skipped.
        for (var index = 0; index < 10; index++)
        {
            var found = cache.TryLocate(new(index), out var offset, out var length);
            Assert.Equal(index >= 7, found);
            Assert.Equal(found ? Packet(index, 1200) : [], cache.Ring.AsSpan(offset, length).ToArray());
        }
    }

    [Fact]
    public void A_straggler_does_not_push_out_a_newer_packet()
    {
        var cache = new PacketCache(4000, packetCapacity: 16);
        _ = cache.Store(new(20), Packet(1, 10));
        Assert.True(cache.Store(new(4), Packet(2, 10)).IsEmpty);
        Assert.True(cache.TryLocate(new(20), out _, out _));
        Assert.False(cache.TryLocate(new(4), out _, out _));
        Assert.True(cache.Store(new(36), new byte[1501]).IsEmpty);
        Assert.False(cache.TryLocate(new(36), out _, out _));
    }

    [Property(MaxTest = 200)]
    public bool What_it_returns_is_what_was_stored(ushort[] lengths)
    {
        var cache = new PacketCache(5000, packetCapacity: 32);
        for (var index = 0; index < lengths.Length; index++)
        {
            var packet = Packet(index, 1 + (lengths[index] % 1500));
            if (!cache.Store(new(index), packet).SequenceEqual(packet))
            {
                return false;
            }

            for (var older = Math.Max(0, index - 40); older <= index; older++)
            {
                var stored = Packet(older, 1 + (lengths[older] % 1500));
                if (
                    cache.TryLocate(new(older), out var offset, out var length)
                        ? !cache.Ring.AsSpan(offset, length).SequenceEqual(stored)
                        : older == index
                )
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static byte[] Packet(int seed, int length)
    {
        var packet = new byte[length];
        Array.Fill(packet, (byte)(seed * 37));
        return packet;
    }
}
