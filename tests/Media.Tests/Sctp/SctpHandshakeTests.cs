using System.Buffers.Binary;
using EventMeet.Media.Packets;
using EventMeet.Media.Sctp;
using EventMeet.Media.Sctp.Chunks;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Sctp;

/// <summary>How associations begin, begin anew and end (RFC 9260 sections 5, 8 and 9).</summary>
public sealed class SctpHandshakeTests
{
    private static readonly MonotonicTime Start = new(1_000_000);

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    [InlineData(600)]
    public void Both_sides_may_begin_at_once(int apartMilliseconds)
    {
        foreach (var loss in new[] { 0, 0.3 })
        {
            for (var seed = 0; seed < 30; seed++)
            {
                var lab = new SctpLab(seed) { Loss = loss };
                lab.Client.Channels.Connect(lab.Now);
                lab.Run(TimeSpan.FromMilliseconds(apartMilliseconds));
                if (lab.Server.Channels.State == SctpState.Closed)
                {
                    lab.Server.Channels.Connect(lab.Now);
                }

                lab.RunUntil(() => lab.Client.Log.Contains("up") && lab.Server.Log.Contains("up"));
                lab.Loss = 0;
                Exchange(lab);
                Assert.Equal(1, lab.Client.Log.Count(entry => entry == "up"));
                Assert.Equal(1, lab.Server.Log.Count(entry => entry == "up"));
            }
        }
    }

    [Theory]
    [InlineData(0)] // INIT
    [InlineData(1)] // INIT ACK
    [InlineData(2)] // COOKIE ECHO
    [InlineData(3)] // COOKIE ACK
    public void Any_packet_of_the_handshake_may_be_lost(int lost)
    {
        var lab = new SctpLab();
        var seen = 0;
        lab.Tamper = (_, packet) => seen++ == lost ? null : packet;
        lab.Client.Channels.Connect(lab.Now);
        lab.RunUntil(() => lab.Client.Log.Contains("up") && lab.Server.Log.Contains("up"));
        Exchange(lab);
    }

    [Fact]
    public void A_server_that_nobody_finishes_with_keeps_no_state()
    {
        var server = new SctpAssociation(new());
        var client = new SctpAssociation(new());
        client.Connect(Start);
        var init = Take(client, Start)!;
        for (var index = 0; index < 1000; index++)
        {
            Assert.Equal(PacketFault.None, server.HandlePacket(init, Start));
        }

        Assert.Equal(SctpState.Closed, server.State);
        Assert.Equal(Deadline.None, server.NextTimeout);
        Assert.InRange(TakeAll(server, Start).Count, 1, 8);
    }

    [Fact]
    public void A_cookie_grows_stale_and_the_client_asks_for_another()
    {
        var (client, server) = (new SctpAssociation(new()), new SctpAssociation(new()));
        client.Connect(Start);
        _ = server.HandlePacket(Take(client, Start)!, Start);
        _ = client.HandlePacket(Take(server, Start)!, Start);
        var echo = Take(client, Start)!;
        var late = Start + TimeSpan.FromSeconds(61);
        Assert.Equal(PacketFault.SctpWrongCookie, server.HandlePacket(echo, late));
        Assert.Equal(PacketFault.None, client.HandlePacket(Take(server, late)!, late));
        Assert.Equal(SctpState.CookieWait, client.State);
        Shuttle(client, server, late);
        Assert.Equal((SctpState.Established, SctpState.Established), (client.State, server.State));
    }

    [Fact]
    public void A_cookie_that_was_changed_is_refused()
    {
        var (client, server) = (new SctpAssociation(new()), new SctpAssociation(new()));
        client.Connect(Start);
        _ = server.HandlePacket(Take(client, Start)!, Start);
        _ = client.HandlePacket(Take(server, Start)!, Start);
        var echo = Take(client, Start)!;
        for (var index = 16; index < 16 + StateCookie.EncodedLength; index++)
        {
            var changed = echo.ToArray();
            changed[index] ^= 1;
            Assert.Equal(PacketFault.SctpWrongCookie, server.HandlePacket(Sealed(changed), Start));
        }

        Assert.Equal(PacketFault.None, server.HandlePacket(echo, Start));
        Assert.Equal(SctpState.Established, server.State);
    }

    [Fact]
    public void A_peer_that_starts_anew_restarts_the_association()
    {
        var lab = SctpLab.Connected();
        Exchange(lab);
        var reborn = new SctpEndpoint("reborn", isDtlsClient: true, new());
        reborn.Channels.Connect(lab.Now);
        Assert.True(reborn.Channels.TryOpen(new() { Label = "again" }, lab.Now, out var streamId));
        Shuttle(reborn, lab.Server, lab.Now);

        Assert.Equal(["up", "opened 0 a", "closed 0", "up", "opened 0 again"], lab.Server.Log);
        Assert.Equal(SendResult.Queued, lab.Server.Channels.Send(streamId, true, "welcome back"u8, lab.Now));
        Shuttle(reborn, lab.Server, lab.Now);
        Assert.Single(reborn.Messages);
    }

    [Fact]
    public void Packets_with_a_wrong_tag_port_or_checksum_change_nothing()
    {
        var lab = SctpLab.Connected(options: new() { ZeroChecksum = false });
        byte[]? captured = null;
        lab.Tamper = (_, packet) =>
        {
            captured ??= packet;
            return packet;
        };
        Exchange(lab);
        foreach (
            var (offset, fault) in new[]
            {
                (0, PacketFault.SctpMalformed),
                (2, PacketFault.SctpMalformed),
                (5, PacketFault.SctpWrongVerificationTag),
            }
        )
        {
            var changed = captured!.ToArray();
            changed[offset] ^= 0x10;
            Assert.Equal(fault, lab.Server.Association.HandlePacket(Sealed(changed), lab.Now));
        }

        var damaged = captured!.ToArray();
        damaged[^1] ^= 1;
        Assert.Equal(PacketFault.SctpWrongChecksum, lab.Server.Association.HandlePacket(damaged, lab.Now));

        foreach (var type in new[] { ChunkType.Abort, ChunkType.ShutdownComplete, ChunkType.ShutdownAck })
        {
            byte[] forged = [0x13, 0x88, 0x13, 0x88, 1, 2, 3, 4, 0, 0, 0, 0, (byte)type, 0, 0, 4];
            Assert.Equal(
                PacketFault.SctpWrongVerificationTag,
                lab.Server.Association.HandlePacket(Sealed(forged), lab.Now)
            );
        }

        var init = Sealed(
            Convert.FromHexString("138813880000000000000000" + "0100001400000001000010000001000100000001")
        );
        Assert.Equal(PacketFault.None, lab.Server.Association.HandlePacket(init, lab.Now));
        Exchange(lab);
        Assert.Equal(SctpState.Established, lab.Server.Channels.State);
    }

    [Fact]
    public void A_packet_out_of_the_blue_is_answered_with_an_abort()
    {
        var association = new SctpAssociation(new());
        byte[] heartbeat = [0x13, 0x88, 0x13, 0x88, 1, 2, 3, 4, 0, 0, 0, 0, 4, 0, 0, 8, 0, 1, 0, 4];
        Assert.Equal(PacketFault.SctpWrongVerificationTag, association.HandlePacket(heartbeat, Start));
        var answer = Take(association, Start)!;
        Assert.Equal((byte[])[1, 2, 3, 4], answer[4..8]);
        Assert.Equal((byte[])[6, 1, 0, 4], answer[12..]);

        // Nothing answers an ABORT, and SHUTDOWN ACK gets the COMPLETE it waits for.
        heartbeat[12] = (byte)ChunkType.Abort;
        _ = association.HandlePacket(heartbeat, Start);
        Assert.Null(Take(association, Start));
        heartbeat[12] = (byte)ChunkType.ShutdownAck;
        _ = association.HandlePacket(heartbeat, Start);
        Assert.Equal((byte[])[14, 1, 0, 4], Take(association, Start)![12..]);
    }

    [Fact]
    public void Heartbeats_are_answered_and_unknown_chunks_reported_as_their_bits_say()
    {
        var lab = SctpLab.Connected();
        var tag = TagOf(lab);
        Assert.Equal("0500000C0001000861626364", Answer("0400000C0001000861626364"));
        Assert.Equal("0900000C00060008FE000004", Answer("FE000004")); // skip and report
        Assert.Equal("0500000800010004", Answer("BF000004" + "0400000800010004")); // skip, go on
        Assert.Equal("0900000C000600087F000004", Answer("7F000004" + "0400000800010004")); // stop and report
        Assert.Null(Answer("3F000004" + "0400000800010004")); // stop

        string? Answer(string chunks)
        {
            var packet = Sealed([0x13, 0x88, 0x13, 0x88, .. tag, 0, 0, 0, 0, .. Convert.FromHexString(chunks)]);
            _ = lab.Server.Association.HandlePacket(packet, lab.Now);
            return Take(lab.Server.Association, lab.Now) is { } answer ? Convert.ToHexString(answer[12..]) : null;
        }
    }

    [Fact]
    public void A_client_that_nobody_answers_gives_up()
    {
        var lab = new SctpLab { Loss = 1 };
        lab.Client.Channels.Connect(lab.Now);
        var begun = lab.Now;
        lab.RunUntil(() => lab.Client.Log.Count > 0);
        Assert.Equal(["lost NoAnswer"], lab.Client.Log);
        Assert.InRange((lab.Now - begun).TotalSeconds, 15, 30);
    }

    [Fact]
    public void A_peer_that_falls_silent_is_lost_after_the_last_retransmission()
    {
        var lab = SctpLab.Connected();
        Exchange(lab);
        lab.Loss = 1;
        var begun = lab.Now;
        _ = lab.Client.Channels.Send(0, true, "anyone?"u8, lab.Now);
        lab.RunUntil(() => lab.Client.Log.Contains("lost TooManyRetransmissions"));
        Assert.InRange((lab.Now - begun).TotalSeconds, 20, 32);
        Assert.Equal(SendResult.Closed, lab.Client.Channels.Send(0, true, "anyone?"u8, lab.Now));
        Assert.Equal(Deadline.None, lab.Client.Channels.NextTimeout);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public void Shutdown_delivers_everything_first(double loss)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var lab = SctpLab.Connected(seed);
            Exchange(lab);
            lab.Loss = loss;
            ushort streamId = 0;
            _ = lab.Client.Channels.Send(streamId, false, new byte[60_000], lab.Now);
            lab.Client.Channels.Shutdown(lab.Now);
            Assert.Equal(SendResult.Closed, lab.Client.Channels.Send(streamId, true, "late"u8, lab.Now));
            if (seed % 2 == 1)
            {
                lab.Server.Channels.Shutdown(lab.Now);
            }

            lab.RunUntil(() => IsLost(lab.Client) && IsLost(lab.Server));
            Assert.Equal([4, 60_000], lab.Server.Messages.Select(message => message.Payload.Length));
            Assert.Equal("lost Shutdown", lab.Server.Log[^1]);
        }
    }

    [Fact]
    public void Abort_tells_the_peer_and_a_new_association_may_follow()
    {
        var lab = SctpLab.Connected();
        Exchange(lab);
        lab.Client.Channels.Abort(lab.Now);
        lab.RunUntil(() => IsLost(lab.Server));
        Assert.Equal("lost AbortedHere", lab.Client.Log[^1]);
        Assert.Equal("lost AbortedByPeer", lab.Server.Log[^1]);
        lab.Client.Channels.Connect(lab.Now);
        lab.RunUntil(() => lab.Client.Log[^1] == "up" && lab.Server.Log[^1] == "up");
        Exchange(lab);
    }

    [Fact]
    public void Checksums_are_left_out_only_after_both_sides_agreed()
    {
        var lab = new SctpLab();
        var omitted = new List<ChunkType>();
        lab.Tamper = (_, packet) =>
        {
            if (BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(8)) == 0)
            {
                omitted.Add((ChunkType)packet[12]);
            }

            return packet;
        };
        lab.Client.Channels.Connect(lab.Now);
        Exchange(lab);
        Assert.Contains(ChunkType.Data, omitted);
        Assert.DoesNotContain(ChunkType.Init, omitted);
        Assert.DoesNotContain(ChunkType.InitAck, omitted);
        Assert.DoesNotContain(ChunkType.CookieEcho, omitted);

        omitted.Clear();
        lab = new(serverOptions: new() { ZeroChecksum = false }) { Tamper = lab.Tamper };
        lab.Client.Channels.Connect(lab.Now);
        Exchange(lab);
        Assert.Empty(omitted);
    }

    private static bool IsLost(SctpEndpoint endpoint) =>
        endpoint.Log is [.., { } last] && last.StartsWith("lost", StringComparison.Ordinal);

    private static void Exchange(SctpLab lab)
    {
        var (before, after) = (lab.Client.Messages.Count, lab.Server.Messages.Count);
        ushort streamId = 0;
        if (lab.Client.Channels.Count == 0)
        {
            Assert.True(lab.Client.Channels.TryOpen(new() { Label = "a" }, lab.Now, out streamId));
        }

        _ = lab.Client.Channels.Send(streamId, true, "ping"u8, lab.Now);
        lab.RunUntil(() => lab.Server.Messages.Count == after + 1);
        _ = lab.Server.Channels.Send(streamId, true, "pong"u8, lab.Now);
        lab.RunUntil(() => lab.Client.Messages.Count == before + 1);
    }

    /// <summary>The tag that the server expects.</summary>
    private static byte[] TagOf(SctpLab lab)
    {
        byte[]? tag = null;
        lab.Tamper = (to, packet) =>
        {
            tag ??= to == lab.Server ? packet[4..8] : null;
            return packet;
        };
        Exchange(lab);
        lab.Run(TimeSpan.FromSeconds(1));
        return tag!;
    }

    private static byte[] Sealed(byte[] packet)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(8), SctpChecksum.Compute(packet));
        return packet;
    }

    private static byte[]? Take(SctpAssociation association, MonotonicTime now)
    {
        var buffer = new byte[1180];
        return association.TryTakePacket(buffer, now, out var length) ? buffer[..length] : null;
    }

    private static List<byte[]> TakeAll(SctpAssociation association, MonotonicTime now)
    {
        var packets = new List<byte[]>();
        while (Take(association, now) is { } packet)
        {
            packets.Add(packet);
        }

        return packets;
    }

    private static void Shuttle(SctpAssociation first, SctpAssociation second, MonotonicTime now)
    {
        for (var round = 0; round < 10; round++)
        {
            TakeAll(first, now).ForEach(packet => second.HandlePacket(packet, now));
            TakeAll(second, now).ForEach(packet => first.HandlePacket(packet, now));
        }
    }

    private static void Shuttle(SctpEndpoint first, SctpEndpoint second, MonotonicTime now)
    {
        for (var round = 0; round < 10; round++)
        {
            first.TakePackets(now).ForEach(packet => second.Handle(packet, now));
            second.TakePackets(now).ForEach(packet => first.Handle(packet, now));
        }
    }
}
