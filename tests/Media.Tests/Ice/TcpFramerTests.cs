using EventMeet.Media.Ice;
using EventMeet.Media.Packets;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Ice;

public sealed class TcpFramerTests
{
    [Property(MaxTest = 500)]
    public void Gives_the_packets_back_however_the_stream_was_cut(byte[][] packets, byte[] cuts)
    {
        var stream = new List<byte>();
        var header = new byte[TcpFramer.HeaderLength];
        foreach (var packet in packets)
        {
            TcpFramer.WriteHeader(header, packet.Length);
            stream.AddRange(header);
            stream.AddRange(packet);
        }

        var framer = new TcpFramer();
        var taken = new List<byte[]>();
        var rest = stream.ToArray().AsSpan();
        for (var index = 0; !rest.IsEmpty; index++)
        {
            var length = cuts.Length == 0 ? rest.Length : Math.Min(cuts[index % cuts.Length] + 1, rest.Length);
            ReadOnlySpan<byte> received = rest[..length];
            rest = rest[length..];
            while (framer.TryTakePacket(ref received, out var packet, out var fault))
            {
                Assert.Equal(PacketFault.None, fault);
                taken.Add(packet.ToArray());
            }

            Assert.True(received.IsEmpty);
        }

        Assert.Equal(packets.Where(packet => packet.Length > 0), taken);
    }

    [Fact]
    public void A_packet_beyond_the_cap_ends_the_stream()
    {
        var framer = new TcpFramer(100);
        ReadOnlySpan<byte> good = [0, 1, 7, 0, 101];
        Assert.True(framer.TryTakePacket(ref good, out var packet, out _));
        Assert.Equal([7], packet.ToArray());
        Assert.False(framer.TryTakePacket(ref good, out _, out var fault));
        Assert.Equal(PacketFault.TooLarge, fault);

        ReadOnlySpan<byte> more = [1, 2, 3];
        Assert.False(framer.TryTakePacket(ref more, out _, out fault));
        Assert.Equal(PacketFault.TooLarge, fault);
    }
}
