using System.Net;
using EventMeet.Media;
using EventMeet.Media.Values;
using EventMeet.Sfu.Net;
using EventMeet.Sockets;
using EventMeet.Sockets.Interop;

namespace EventMeet.Workers.Tests.Net;

/// <summary>Datagrams over the loopback: what leaves as a train arrives one by one and whole.</summary>
public sealed class UdpPortTests
{
    [Theory]
    [InlineData("127.0.0.1", 1, 1200, 1200)]
    [InlineData("127.0.0.1", 2, 1200, 1)]
    [InlineData("127.0.0.1", 12, 1200, 600)]
    [InlineData("127.0.0.1", 64, 200, 200)]
    [InlineData("::1", 12, 1200, 600)]
    public void A_train_arrives_as_its_datagrams(string address, int count, int size, int last)
    {
        using var sender = new UdpPort(new IPEndPoint(IPAddress.Parse(address), 0));
        using var receiver = new UdpPort(new IPEndPoint(IPAddress.Parse(address), 0));
        var data = new byte[((count - 1) * size) + last];
        new Random(count).NextBytes(data);
        var to = TransportAddress.From(new IPEndPoint(IPAddress.Parse(address), receiver.Port));

        sender.Send(new Transmit(to, data, size));

        var arrived = ReceiveAll(receiver, count);
        Assert.Equal(count, arrived.Count);
        Assert.Equal(data, arrived.SelectMany(datagram => datagram.Bytes));
        Assert.All(arrived[..^1], datagram => Assert.Equal(size, datagram.Bytes.Length));
        Assert.All(arrived, datagram => Assert.Equal(sender.Port, datagram.From.Port));
        Assert.Equal(1, sender.SendCalls);
        Assert.Equal(0, sender.SendFailures);
    }

    [Fact]
    public void A_port_for_both_families_hears_and_answers_IPv4()
    {
        using var both = new UdpPort(new IPEndPoint(IPAddress.IPv6Any, 0));
        using var old = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0));

        old.Send(new Transmit(TransportAddress.From(new IPEndPoint(IPAddress.Loopback, both.Port)), "there"u8, 5));
        var heard = Assert.Single(ReceiveAll(both, 1));
        Assert.True(heard.From.IsIPv4);
        both.Send(new Transmit(heard.From, "back"u8, 4));

        Assert.Equal("back"u8.ToArray(), Assert.Single(ReceiveAll(old, 1)).Bytes);
    }

    [Fact]
    public void A_train_whose_segments_the_path_cannot_take_does_not_end_all_trains()
    {
        using var sender = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0));
        using var receiver = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0));
        var to = TransportAddress.From(new IPEndPoint(IPAddress.Loopback, receiver.Port));

        // More segments than UDP_MAX_SEGMENTS: EINVAL, as for a segment above the path's MTU.
        sender.Send(new Transmit(to, new byte[200], 1));
        var calls = sender.SendCalls;
        _ = ReceiveAll(receiver, 200);
        sender.Send(new Transmit(to, new byte[3000], 1000));

        Assert.Equal(calls + 1, sender.SendCalls);
        Assert.Equal(3, ReceiveAll(receiver, 3).Count);
    }

    private static List<(byte[] Bytes, TransportAddress From)> ReceiveAll(UdpPort port, int count)
    {
        using var epoll = new EpollSet();
        epoll.Watch(port.Descriptor, key: 1);
        var arrived = new List<(byte[], TransportAddress)>();
        while (arrived.Count < count && epoll.Wait(TimeSpan.FromSeconds(5)) > 0)
        {
            var taken = port.Receive();
            for (var i = 0; i < taken; i++)
            {
                var bytes = port.Received(i, out var from);
                arrived.Add((bytes.ToArray(), from));
            }
        }

        return arrived;
    }
}
