using System.Buffers;
using System.Buffers.Binary;
using EventMeet.Media.Packets;
using EventMeet.Media.Sctp;
using EventMeet.Media.Sctp.Chunks;
using EventMeet.Media.Sctp.DataChannels;
using EventMeet.Media.Tests.Conversations;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Sctp;

/// <summary>Partial reliability, closing, flow control and limits.</summary>
[Collection(MemoryTestsAlone.Name)]
public sealed class SctpDeliveryTests
{
    [Theory]
    [InlineData(true, 200)]
    [InlineData(false, 200)]
    [InlineData(true, 5000)]
    [InlineData(false, 5000)]
    public void Messages_without_retransmission_are_given_up_and_never_hold_up_others(bool ordered, int length)
    {
        for (var seed = 0; seed < 5; seed++)
        {
            var lab = SctpLab.Connected(seed);
            lab.Loss = 0.2;
            var lossy = new DataChannelParameters { MaxRetransmits = 0, Ordered = ordered };
            Assert.True(lab.Client.Channels.TryOpen(lossy, lab.Now, out var streamId));
            Assert.True(lab.Client.Channels.TryOpen(new(), lab.Now, out var reliable));
            SendNumbered(lab, streamId, reliable, 100, length);
            lab.RunUntil(() => Numbers(lab, reliable).Count == 100);
            lab.Run(TimeSpan.FromSeconds(10));

            var arrived = Numbers(lab, streamId);
            Assert.InRange(arrived.Count, 5, 99);
            Assert.Equal(arrived.Distinct().Count(), arrived.Count);
            Assert.Equal(Enumerable.Range(0, 100), Numbers(lab, reliable));
            if (ordered)
            {
                Assert.Equal(arrived.Order(), arrived);
            }

            Assert.True(lab.Client.Channels.Counters.MessagesAbandoned > 0);
            AssertSettled(lab);
        }
    }

    [Fact]
    public void A_message_that_is_sent_to_many_stays_as_it_is_and_is_never_used_for_another()
    {
        // A power of two, so that the pool would take it.
        var shared = new byte[4096];
        new Random(1).NextBytes(shared);
        byte[] before = [.. shared];
        for (var seed = 0; seed < 3; seed++)
        {
            var lab = SctpLab.Connected(seed);
            lab.Loss = 0.2;
            Assert.True(lab.Client.Channels.TryOpen(new(), lab.Now, out var streamId));
            for (var round = 0; round < 10; round++)
            {
                Assert.Equal(SendResult.Queued, lab.Client.Channels.SendShared(streamId, true, shared, lab.Now));
                Assert.Equal(SendResult.Queued, lab.Client.Channels.Send(streamId, false, new byte[4096], lab.Now));
            }

            lab.RunUntil(() => lab.Server.Messages.Count == 20);
            Assert.All(
                lab.Server.Messages.Where(message => message.IsText),
                text => Assert.Equal(before, text.Payload)
            );
            Assert.Equal(10, lab.Server.Messages.Count(message => message.IsText));
            lab.Run(TimeSpan.FromSeconds(10));
            AssertSettled(lab);
        }

        Assert.Equal(before, shared);
        var rented = Enumerable.Range(0, 100).Select(_ => ArrayPool<byte>.Shared.Rent(shared.Length)).ToList();
        Assert.DoesNotContain(rented, array => ReferenceEquals(array, shared));
        rented.ForEach(array => ArrayPool<byte>.Shared.Return(array));
    }

    [Fact]
    public void Messages_with_a_lifetime_are_given_up_when_it_has_passed()
    {
        var lab = SctpLab.Connected();
        var timed = new DataChannelParameters { MaxPacketLifeTime = TimeSpan.FromMilliseconds(300) };
        Assert.True(lab.Client.Channels.TryOpen(timed, lab.Now, out var streamId));
        _ = lab.Client.Channels.Send(streamId, true, "before"u8, lab.Now);
        lab.RunUntil(() => lab.Server.Messages.Count == 1);
        Assert.Equal(timed, lab.Server.Opened[streamId]);

        lab.Loss = 1; // an outage of five seconds, of which the peer shall hear only the end
        for (var index = 0; index < 10; index++)
        {
            _ = lab.Client.Channels.Send(streamId, false, new byte[3000], lab.Now);
            lab.Run(TimeSpan.FromMilliseconds(500));
        }

        lab.Loss = 0;
        lab.Run(TimeSpan.FromSeconds(4));
        _ = lab.Client.Channels.Send(streamId, true, "after"u8, lab.Now);
        lab.RunUntil(() => lab.Server.Messages.Exists(message => message.Payload.AsSpan().SequenceEqual("after"u8)));
        Assert.InRange(lab.Server.Messages.Count, 2, 3);
        lab.Run(TimeSpan.FromSeconds(5));
        AssertSettled(lab);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public void A_closed_channel_delivers_what_was_sent_and_its_number_is_used_again(double loss)
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var lab = SctpLab.Connected(seed);
            lab.Loss = loss;
            lab.Jitter = TimeSpan.FromMilliseconds(loss * 100);
            for (var round = 1; round <= 4; round++)
            {
                Assert.True(lab.Client.Channels.TryOpen(new() { Label = "a" }, lab.Now, out var streamId));
                Assert.Equal(0, streamId);
                _ = lab.Client.Channels.Send(streamId, false, new byte[20_000], lab.Now);
                lab.RunUntil(() => lab.Server.Channels.Count == 1);
                var first = round % 2 == 0 ? lab.Server : lab.Client;
                first.Channels.Close(streamId, lab.Now);
                if (round == 3)
                {
                    lab.Server.Channels.Close(streamId, lab.Now); // both at once
                }

                Assert.Equal(SendResult.Closed, first.Channels.Send(streamId, true, "late"u8, lab.Now));
                lab.RunUntil(() => Closed(lab.Client) == round && Closed(lab.Server) == round);
                Assert.Equal((0, 0), (lab.Client.Channels.Count, lab.Server.Channels.Count));
            }

            // Who closes its own side only stops reading; round 1 and 3 closed before or after everything was read.
            Assert.Contains(lab.Server.Messages, message => message.Payload.Length == 20_000);
            lab.Run(TimeSpan.FromSeconds(20));
            AssertSettled(lab);
        }
    }

    [Fact]
    public void Negotiated_channels_need_no_words()
    {
        var lab = new SctpLab();
        foreach (var endpoint in new[] { lab.Client, lab.Server })
        {
            Assert.True(endpoint.Channels.TryUse(0, new() { Label = "control" }));
            Assert.False(endpoint.Channels.TryUse(0, new()));
        }

        Assert.Equal(SendResult.Queued, lab.Server.Channels.Send(0, true, "state"u8, lab.Now));
        lab.Client.Channels.Connect(lab.Now);
        lab.RunUntil(() => lab.Client.Messages.Count == 1);
        Assert.Equal(["up", "opened 0 control"], lab.Client.Log);
        Assert.Equal(["up", "opened 0 control"], lab.Server.Log);
    }

    [Fact]
    public void Too_many_channels_are_refused_by_resetting_them()
    {
        var lab = SctpLab.Connected();
        for (var index = 0; index < 40; index++)
        {
            // A second client object would not stop at the cap, so this one speaks DCEP itself.
            var open = new byte[DcepMessage.MaxOpenLength];
            var length = DcepMessage.WriteOpen(new() { Label = "x" }, open);
            _ = lab.Client.Association.Send(
                new((ushort)(index * 2), PayloadProtocol.Dcep),
                open.AsSpan(0, length),
                lab.Now
            );
        }

        lab.Run(TimeSpan.FromSeconds(5));
        Assert.Equal(32, lab.Server.Channels.Count);
        Assert.Equal(32, lab.Server.Log.Count(entry => entry.StartsWith("opened", StringComparison.Ordinal)));
        Assert.Equal(SctpState.Established, lab.Server.Channels.State);
    }

    [Fact]
    public void A_reader_that_stops_shuts_the_window_and_opens_it_again()
    {
        var lab = SctpLab.Connected(options: new() { SendBuffer = 2 * 1024 * 1024 });
        Assert.True(lab.Client.Channels.TryOpen(new(), lab.Now, out var streamId));
        lab.Run(TimeSpan.FromSeconds(1));
        lab.Server.TakesEvents = false;
        for (var index = 0; index < 100; index++)
        {
            Assert.Equal(SendResult.Queued, lab.Client.Channels.Send(streamId, false, new byte[10_000], lab.Now));
        }

        // Longer than a silent peer would be borne: probes keep the association alive (RFC 9260 section 6.1 A).
        lab.Run(TimeSpan.FromSeconds(90));
        Assert.Equal(SctpState.Established, lab.Client.Channels.State);
        var waiting = lab.Client.Channels.BufferedAmount(streamId);
        Assert.InRange(waiting, 700_000, 800_000);

        lab.Server.TakesEvents = true;
        lab.RunUntil(() => lab.Server.Messages.Count == 100, seconds: 10);
        lab.Run(TimeSpan.FromSeconds(5));
        AssertSettled(lab);
    }

    [Fact]
    public void A_peer_that_ignores_the_window_is_dropped_from_and_counted()
    {
        var (server, send) = Raw();
        for (uint tsn = 2; tsn < 2000; tsn++)
        {
            send(tsn, 1000); // TSN 1 never comes: nothing can be delivered
        }

        Assert.InRange(server.Counters.DataDropped, 1700, 1800);
        Assert.Equal(SctpState.Established, server.State);

        // Gaps beyond what we remember are dropped too, and so is what is further ahead than a SACK can say.
        (server, send) = Raw();
        for (uint tsn = 3; tsn < 2000; tsn += 2)
        {
            send(tsn, 1);
        }

        send(70_000, 1);
        Assert.Equal(998 - 256 + 2, server.Counters.DataDropped);
        send(1, 1);
        send(2, 1);
        Assert.Equal(998 - 256 + 2, server.Counters.DataDropped);
    }

    [Fact]
    public void A_message_longer_than_agreed_ends_the_association()
    {
        var lab = SctpLab.Connected(options: new() { PeerMaxMessageSize = 100_000 });
        Assert.True(lab.Client.Channels.TryOpen(new(), lab.Now, out var streamId));
        Assert.Equal(SendResult.Queued, lab.Client.Channels.Send(streamId, false, new byte[65_537], lab.Now));
        lab.RunUntil(() => lab.Client.Log.Contains("lost AbortedByPeer"));
        Assert.Contains("lost ProtocolViolation", lab.Server.Log);
    }

    [Fact]
    public void Channels_share_by_priority()
    {
        var lab = SctpLab.Connected(options: new() { SendBuffer = 4 * 1024 * 1024 });
        Assert.True(lab.Client.Channels.TryOpen(new() { Priority = 256 }, lab.Now, out var low));
        Assert.True(lab.Client.Channels.TryOpen(new() { Priority = 1024 }, lab.Now, out var high));
        for (var index = 0; index < 1000; index++)
        {
            _ = lab.Client.Channels.Send(low, false, new byte[1000], lab.Now);
            _ = lab.Client.Channels.Send(high, false, new byte[1000], lab.Now);
        }

        lab.RunUntil(() => lab.Server.Messages.Count >= 500);
        var share = lab.Server.Messages.Count(message => message.StreamId == high);
        Assert.InRange(share, 350, 450);
    }

    [Fact]
    public void A_good_network_is_used_well_and_nothing_is_sent_twice()
    {
        var lab = SctpLab.Connected(options: new() { SendBuffer = 8 * 1024 * 1024 });
        Assert.True(lab.Client.Channels.TryOpen(new(), lab.Now, out var streamId));
        for (var index = 0; index < 64; index++)
        {
            _ = lab.Client.Channels.Send(streamId, false, new byte[65_536], lab.Now);
        }

        var begun = lab.Now;
        lab.RunUntil(() => lab.Server.Messages.Count == 64);
        // 4 MiB through a window of 256 KiB at 40 ms of round trip: 16 round trips and the slow start.
        Assert.InRange((lab.Now - begun).TotalMilliseconds, 640, 1200);
        Assert.Equal(0, lab.Client.Channels.Counters.Retransmissions);
    }

    [Fact]
    public void A_single_loss_is_repaired_without_waiting_for_the_timer()
    {
        var lab = SctpLab.Connected();
        Assert.True(lab.Client.Channels.TryOpen(new(), lab.Now, out var streamId));
        lab.Run(TimeSpan.FromSeconds(1));
        var count = 0;
        lab.Tamper = (to, packet) => to == lab.Server && packet.Length > 1000 && ++count == 2 ? null : packet;
        var begun = lab.Now;
        _ = lab.Client.Channels.Send(streamId, false, new byte[9000], lab.Now);
        lab.RunUntil(() => lab.Server.Messages.Count == 1);
        Assert.InRange((lab.Now - begun).TotalMilliseconds, 40, 80); // one and a half round trips
        Assert.Equal(1, lab.Client.Channels.Counters.Retransmissions);
    }

    [Fact]
    public void An_idle_association_is_small()
    {
        var lab = SctpLab.Connected();
        var keep = new SctpEndpoint[400];
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var index = 0; index < keep.Length; index += 2)
        {
            keep[index] = new("client", true, new());
            keep[index + 1] = new("server", false, new());
            keep[index].Channels.Connect(lab.Now);
            _ = keep[index].Channels.TryOpen(new() { Label = "control" }, lab.Now, out _);
            for (var round = 0; round < 8; round++)
            {
                keep[index].TakePackets(lab.Now).ForEach(packet => keep[index + 1].Handle(packet, lab.Now));
                keep[index + 1].TakePackets(lab.Now).ForEach(packet => keep[index].Handle(packet, lab.Now));
            }

            Assert.Equal(1, keep[index + 1].Channels.Count);
        }

        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / keep.Length;
        GC.KeepAlive(keep);
        // The test's own buffer, log and options are 2 KiB of it.
        Assert.InRange(each, 1000, 6 * 1024);
    }

    private static int Closed(SctpEndpoint endpoint) =>
        endpoint.Log.Count(entry => entry.StartsWith("closed", StringComparison.Ordinal));

    private static void AssertSettled(SctpLab lab)
    {
        Assert.Equal(Deadline.None, lab.Client.Channels.NextTimeout);
        Assert.Equal(Deadline.None, lab.Server.Channels.NextTimeout);
        Assert.Equal(0, lab.Client.Association.Sender.InFlight);
        Assert.Equal(0, lab.Client.Association.Sender.Queue.HeldBytes);
        Assert.True(lab.Client.Association.Sender.IsEmpty);
    }

    private static void SendNumbered(SctpLab lab, ushort first, ushort second, int count, int length)
    {
        var message = new byte[length];
        for (var index = 0; index < count; index++)
        {
            BinaryPrimitives.WriteInt32BigEndian(message, index);
            Assert.Equal(SendResult.Queued, lab.Client.Channels.Send(first, false, message, lab.Now));
            Assert.Equal(SendResult.Queued, lab.Client.Channels.Send(second, false, message.AsSpan(0, 100), lab.Now));
            lab.Run(TimeSpan.FromMilliseconds(100));
        }
    }

    private static List<int> Numbers(SctpLab lab, ushort streamId) =>
        [
            .. lab
                .Server.Messages.Where(message => message.StreamId == streamId)
                .Select(message => BinaryPrimitives.ReadInt32BigEndian(message.Payload)),
        ];

    /// <summary>An established server, and a way to send it DATA chunks of one message each with any TSN.</summary>
    private static (SctpAssociation Server, Action<uint, int> Send) Raw()
    {
        var now = new MonotonicTime(1);
        var (server, options, buffer) = (new SctpAssociation(new()), new SctpOptions(), new byte[1180]);
        var writer = new PacketWriter(buffer, options, 0);
        InitChunk.Write(ref writer, ChunkType.Init, new(7, new(1), 100_000, 100, false), default, default);
        _ = server.HandlePacket(buffer.AsSpan(0, writer.Finish(true)), now);
        Assert.True(server.TryTakePacket(buffer, now, out var length));
        var initAck = buffer.AsSpan(0, length).ToArray();
        var tag = BinaryPrimitives.ReadUInt32BigEndian(initAck.AsSpan(16));
        var cookieAt = initAck.AsSpan().IndexOf(Convert.FromHexString("0007004D")) + 4;
        writer = new(buffer, options, tag);
        initAck
            .AsSpan(cookieAt, StateCookie.EncodedLength)
            .CopyTo(writer.Add(ChunkType.CookieEcho, 0, StateCookie.EncodedLength));
        Assert.Equal(PacketFault.None, server.HandlePacket(buffer.AsSpan(0, writer.Finish(true)), now));
        Assert.Equal(SctpState.Established, server.State);
        return (
            server,
            (tsn, size) =>
            {
                var packet = new PacketWriter(buffer, options, tag);
                DataChunk.Write(ref packet, 3, new(tsn), 0, (ushort)(tsn - 1), 51, new byte[size]);
                _ = server.HandlePacket(buffer.AsSpan(0, packet.Finish(true)), now);
            }
        );
    }
}
