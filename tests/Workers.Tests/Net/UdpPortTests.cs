using System.Net;
using System.Net.Sockets;
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
    public void What_is_queued_leaves_with_one_call_and_in_order()
    {
        using var sender = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0));
        using var first = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0));
        using var second = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0));
        var data = GC.AllocateArray<byte>(3000, pinned: true);
        new Random(7).NextBytes(data);

        sender.Enqueue(new Transmit(AddressOf(first), data.AsSpan(0, 2500), 1000));
        sender.Enqueue(new Transmit(AddressOf(second), data.AsSpan(2500, 100), 100));
        sender.Enqueue(new Transmit(AddressOf(first), data.AsSpan(2600, 400), 400));
        Assert.Equal(0, sender.SendCalls);
        sender.Flush();
        sender.Flush();

        Assert.Equal(1, sender.SendCalls);
        Assert.Equal([1000, 1000, 500, 400], ReceiveAll(first, 4).Select(datagram => datagram.Bytes.Length));
        Assert.Equal(data[2500..2600], Assert.Single(ReceiveAll(second, 1)).Bytes);
    }

    [Fact]
    public void What_the_system_refuses_keeps_nothing_behind_it_back()
    {
        using var sender = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0));
        using var receiver = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0));
        var data = GC.AllocateArray<byte>(200, pinned: true);
        var nowhere = TransportAddress.FromIPv4(0xFFFF_FFFF, 9); // broadcast: EACCES

        sender.Enqueue(new Transmit(AddressOf(receiver), data.AsSpan(0, 10), 10));
        sender.Enqueue(new Transmit(nowhere, data, 200));
        // More segments than UDP_MAX_SEGMENTS: sent one by one.
        sender.Enqueue(new Transmit(AddressOf(receiver), data, 1));
        sender.Enqueue(new Transmit(AddressOf(receiver), data.AsSpan(0, 20), 20));
        sender.Flush();

        Assert.Equal(202, ReceiveAll(receiver, 202).Count);
        Assert.Equal(1, sender.SendFailures);
    }

    [Fact]
    public void More_than_one_call_takes_is_sent_meanwhile()
    {
        using var sender = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0));
        using var receiver = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0));
        var data = GC.AllocateArray<byte>(100, pinned: true);
        for (var i = 0; i < UdpPort.SendBatch + 3; i++)
        {
            sender.Enqueue(new Transmit(AddressOf(receiver), data.AsSpan(0, i + 1), i + 1));
        }

        sender.Flush();

        Assert.Equal(2, sender.SendCalls);
        Assert.Equal(
            Enumerable.Range(1, UdpPort.SendBatch + 3),
            ReceiveAll(receiver, UdpPort.SendBatch + 3).Select(datagram => datagram.Bytes.Length)
        );
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
    public void A_path_that_takes_no_trains_gets_single_datagrams_and_the_others_go_on_getting_trains()
    {
        using var sender = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0));
        using var narrow = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0));
        using var other = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0));
        var data = GC.AllocateArray<byte>(200, pinned: true);

        // More segments than UDP_MAX_SEGMENTS: EINVAL, as for a segment above the path's MTU.
        sender.Send(new Transmit(AddressOf(narrow), data, 1));
        _ = ReceiveAll(narrow, 200);

        Assert.Equal(2, CallsFor(narrow));
        Assert.Equal(1, CallsFor(other));

        // The path may have changed: one train in a thousand is tried.
        for (var trains = 1; trains < TrainRefusals.TrainsBetweenTries; trains++)
        {
            Assert.Equal(2, CallsFor(narrow));
        }

        Assert.Equal(1, CallsFor(narrow));

        long CallsFor(UdpPort receiver)
        {
            var calls = sender.SendCalls;
            sender.Send(new Transmit(AddressOf(receiver), data.AsSpan(0, 20), 10));
            Assert.Equal(2, ReceiveAll(receiver, 2).Count);
            return sender.SendCalls - calls;
        }
    }

    [Fact]
    public void What_a_path_takes_one_by_one_leaves_with_one_call_as_well()
    {
        using var sender = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0));
        using var receiver = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0));
        var data = GC.AllocateArray<byte>(3000, pinned: true);
        sender.Send(new Transmit(AddressOf(receiver), data.AsSpan(0, 200), 1));
        _ = ReceiveAll(receiver, 200);
        var calls = sender.SendCalls;

        sender.Enqueue(new Transmit(AddressOf(receiver), data, 700));
        sender.Flush();

        Assert.Equal(calls + 1, sender.SendCalls);
        Assert.Equal([700, 700, 700, 700, 200], ReceiveAll(receiver, 5).Select(datagram => datagram.Bytes.Length));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::")]
    public void Reports_wait_apart_and_everything_else_does_not(string address)
    {
        using var port = new UdpPort(new IPEndPoint(IPAddress.Parse(address), 0), sortsReports: true);
        using var sender = new UdpPort(
            new IPEndPoint(address == "::1" ? IPAddress.IPv6Loopback : IPAddress.Loopback, 0)
        );
        var target = address == "::1" ? IPAddress.IPv6Loopback : IPAddress.Loopback;
        var to = TransportAddress.From(new IPEndPoint(target, port.Port));
        byte[][] reports =
        [
            [0x81, 201, 0, 7, 1, 2],
            [0x80, 201],
            [0x8F, 205, 0, 1],
            [0x8B, 205, 0, 1],
        ];
        byte[][] others =
        [
            [0x80],
            [0x80, 200, 0, 6], // a sender report
            [0x81, 205, 0, 3], // a NACK
            [0x81, 206, 0, 2], // a PLI
            [0x8F, 206, 0, 4], // REMB
            [0x80, 111, 0, 1], // RTP
            [0x90, 0xC8 & 0x7F, 0, 1],
            [0, 1, 0, 0], // STUN
            [22, 0xFE, 0xFD], // DTLS
            [0x40, 201, 0, 1], // TURN channel data
            [0xC1, 201, 0, 1],
        ];

        foreach (var datagram in (byte[][])[.. reports, .. others])
        {
            sender.Send(new Transmit(to, datagram, datagram.Length));
        }

        Assert.Equal(others, ReceiveAll(port, others.Length).Select(datagram => datagram.Bytes));
        Assert.Equal(0, port.Receive());
        Assert.Equal(reports.Length, port.ReceiveReports());
        for (var i = 0; i < reports.Length; i++)
        {
            Assert.Equal(reports[i], port.Received(i, out var from, out var age));
            Assert.Equal(sender.Port, from.Port);
            Assert.InRange(age, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0, port.ReceiveReports());
    }

    [Fact]
    public void What_leaves_a_port_that_sorts_reports_comes_from_it_and_is_answered_there()
    {
        using var port = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0), sortsReports: true);
        using var other = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0));

        port.Send(new Transmit(AddressOf(other), "media"u8, 5));
        var from = Assert.Single(ReceiveAll(other, 1)).From;
        other.Send(new Transmit(from, "answer"u8, 6));

        Assert.Equal(port.Port, from.Port);
        Assert.Equal("answer"u8, Assert.Single(ReceiveAll(port, 1)).Bytes);
    }

    [Fact]
    public void A_port_that_sorts_reports_is_still_nobody_else_s()
    {
        using var port = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0), sortsReports: true);
        var taken = new IPEndPoint(IPAddress.Loopback, port.Port);

        var refusal = Assert.Throws<SocketException>(() => new UdpPort(taken, sortsReports: true));

        Assert.Equal(SocketError.AddressAlreadyInUse, refusal.SocketErrorCode);
    }

    [Fact]
    public void A_datagram_s_age_is_how_long_it_has_waited()
    {
        using var sender = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0));
        using var receiver = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0), sortsReports: true);
        var before = TimeProvider.System.GetTimestamp();
        sender.Send(new Transmit(AddressOf(receiver), "first"u8, 5));
        var sent = TimeProvider.System.GetTimestamp();
        SpinWait.SpinUntil(() => TimeProvider.System.GetElapsedTime(sent) > TimeSpan.FromMilliseconds(3));

        var least = TimeProvider.System.GetElapsedTime(sent);
        Assert.Equal(1, receiver.Receive());
        _ = receiver.Received(0, out _, out var age);

        // Both clocks are the kernel's, but one of them is disciplined: a tenth is far more than that makes.
        Assert.InRange(age, least * 0.9, TimeProvider.System.GetElapsedTime(before) * 1.1);
    }

    private static TransportAddress AddressOf(UdpPort port) =>
        TransportAddress.From(new IPEndPoint(IPAddress.Loopback, port.Port));

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
