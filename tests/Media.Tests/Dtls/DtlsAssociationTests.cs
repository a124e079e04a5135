using System.Buffers.Binary;
using EventMeet.Media.Dtls;
using EventMeet.Media.Packets;
using EventMeet.Media.Srtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Dtls;

public sealed class DtlsAssociationTests
{
    [Fact]
    public void Both_ends_agree_on_gcm_and_on_the_keys()
    {
        using var conversation = new DtlsConversation().Start().RunUntilConnected();
        Assert.Equal(DtlsState.Connected, conversation.Server.State);
        Assert.Equal(DtlsState.Connected, conversation.Client.State);
        Assert.Equal(SrtpProfile.AeadAes128Gcm, conversation.Server.SrtpProfile);
        Assert.Equal(SrtpProfile.AeadAes128Gcm, conversation.Client.SrtpProfile);
        var keys = Keys(conversation.Server);
        Assert.Equal(keys, Keys(conversation.Client));
        Assert.NotEqual(new byte[56], keys);
        Assert.False(conversation.Server.ExportSrtpKeys(keys));
        Assert.Equal(TimeSpan.FromMilliseconds(80), conversation.Now - MonotonicTime.Zero);
        Assert.All(conversation.Sent, sent => Assert.InRange(sent.Datagram.Length, 1, 1200));
        Assert.All(conversation.Faults, fault => Assert.Equal(PacketFault.None, fault));
        Assert.Equal(Deadline.None, conversation.Server.NextTimeout);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.15)]
    [InlineData(0.30)]
    public void Completes_with_loss_and_reordering(double loss)
    {
        for (var seed = 1; seed <= 40; seed++)
        {
            using var conversation = new DtlsConversation(seed) { Loss = loss, Reordering = 0.3 };
            conversation.Start().RunUntilConnected();
            Assert.True(conversation.Server.State == DtlsState.Connected, $"server, seed {seed}");
            Assert.True(conversation.Client.State == DtlsState.Connected, $"client, seed {seed}");
            Assert.Equal(Keys(conversation.Server), Keys(conversation.Client));
        }
    }

    [Fact]
    public void The_servers_last_flight_is_sent_again_when_the_client_repeats_its_own()
    {
        using var conversation = new DtlsConversation();
        conversation.Lose = (toServer, _) =>
            !toServer && conversation.Server.State == DtlsState.Connected && conversation.Now.Microseconds < 1_000_000;
        conversation.Start().RunUntilConnected();
        Assert.Equal(DtlsState.Connected, conversation.Client.State);
        Assert.True(conversation.Now.Microseconds > 1_000_000);
        Assert.Equal(Keys(conversation.Server), Keys(conversation.Client));
    }

    [Fact]
    public void A_client_hello_in_overlapping_repeated_fragments_out_of_order_is_put_together()
    {
        using var conversation = new DtlsConversation
        {
            Replace = (toServer, datagram) => toServer && datagram[13] == 1 ? Fragments(datagram) : [datagram],
        };
        conversation.Start().RunUntilConnected();
        Assert.Equal(DtlsState.Connected, conversation.Server.State);
        Assert.Equal(Keys(conversation.Server), Keys(conversation.Client));
    }

    [Fact]
    public void Another_certificate_than_the_announced_one_is_refused_with_an_alert()
    {
        using var conversation = new DtlsConversation(expectedOfClient: Identities.Server.Fingerprint);
        conversation.Start().RunFor(TimeSpan.FromSeconds(1));
        Assert.Contains(PacketFault.DtlsWrongFingerprint, conversation.Faults);
        Assert.Equal(DtlsState.Failed, conversation.Server.State);
        Assert.Equal(DtlsState.Failed, conversation.Client.State);
        Assert.False(conversation.Server.ExportSrtpKeys(new byte[56]));
        var (_, alert) = conversation.Sent.Last(sent => !sent.ToServer);
        Assert.Equal((21, 2, 42), (alert[0], alert[13], alert[14])); // alert, fatal, bad_certificate
    }

    [Fact]
    public void Gives_up_ten_seconds_after_the_first_record()
    {
        using var conversation = new DtlsConversation { Lose = (toServer, _) => !toServer };
        conversation.Start().RunFor(TimeSpan.FromSeconds(9.9));
        Assert.Equal(DtlsState.Handshaking, conversation.Client.State);
        conversation.RunFor(TimeSpan.FromSeconds(0.2));
        Assert.Equal(DtlsState.Failed, conversation.Client.State);
        Assert.Equal(DtlsState.Failed, conversation.Server.State);
        Assert.InRange(conversation.Sent.Count(sent => sent.ToServer), 8, 10);
    }

    [Fact]
    public void Data_keeps_its_boundaries_and_close_notify_ends_both_sides()
    {
        using var conversation = new DtlsConversation().Start().RunUntilConnected();
        var longest = new byte[conversation.Client.MaxSendLength];
        longest.AsSpan().Fill(7);
        Assert.True(conversation.Client.Send([1, 2, 3]));
        Assert.True(conversation.Client.Send(longest));
        Assert.True(conversation.Server.Send([4]));
        conversation.Collect();
        conversation.RunFor(TimeSpan.FromMilliseconds(50));
        Assert.Equal(
            [
                [1, 2, 3],
                longest,
            ],
            Data(conversation.Server)
        );
        Assert.Equal(
            [
                [4],
            ],
            Data(conversation.Client)
        );
        Assert.All(conversation.Sent, sent => Assert.InRange(sent.Datagram.Length, 1, 1200));

        conversation.Server.Close();
        Assert.Equal(DtlsState.Closed, conversation.Server.State);
        conversation.Collect();
        conversation.RunFor(TimeSpan.FromMilliseconds(50));
        Assert.Equal(DtlsState.Closed, conversation.Client.State);
        Assert.False(conversation.Client.Send([1]));
    }

    [Fact]
    public void Data_of_a_peer_that_is_connected_first_is_not_lost()
    {
        using var conversation = new DtlsConversation().Start();
        while (conversation.Server.State != DtlsState.Connected)
        {
            conversation.RunFor(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(DtlsState.Handshaking, conversation.Client.State);
        Assert.True(conversation.Server.Send([9]));
        conversation.Collect();
        conversation.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.Equal(
            [
                [9],
            ],
            Data(conversation.Client)
        );
    }

    [Fact]
    public void Received_data_that_nobody_takes_is_bounded()
    {
        using var conversation = new DtlsConversation().Start().RunUntilConnected();
        for (var count = 0; count < 100; count++)
        {
            Assert.True(conversation.Client.Send(new byte[1000]));
            conversation.Collect();
        }

        conversation.RunFor(TimeSpan.FromMilliseconds(50));
        Assert.Equal(35, conversation.Faults.Count(fault => fault == PacketFault.QueueFull));
        Assert.Equal(65, Data(conversation.Server).Count);
        Assert.Equal(DtlsState.Connected, conversation.Server.State);
    }

    [Fact]
    public void A_replayed_or_forged_record_gives_nothing_and_breaks_nothing()
    {
        using var conversation = new DtlsConversation().Start().RunUntilConnected();
        Assert.True(conversation.Client.Send([1]));
        conversation.Collect();
        conversation.RunFor(TimeSpan.FromMilliseconds(50));
        var record = conversation.Sent[^1].Datagram;
        Assert.Single(Data(conversation.Server));
        Assert.Equal(PacketFault.DtlsRefused, conversation.Server.HandleDatagram(record, conversation.Now));
        for (var bit = 0; bit < record.Length * 8; bit++)
        {
            var forged = (byte[])record.Clone();
            forged[bit / 8] ^= (byte)(1 << (bit % 8));
            _ = conversation.Server.HandleDatagram(forged, conversation.Now);
        }

        // A fatal alert in clear, as an attacker who knows the addresses could send.
        byte[] alert = [21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 2, 40];
        _ = conversation.Server.HandleDatagram(alert, conversation.Now);
        Assert.Empty(Data(conversation.Server));
        Assert.Equal(DtlsState.Connected, conversation.Server.State);
    }

    [Fact]
    public void Sending_and_receiving_allocate_nothing()
    {
        using var conversation = new DtlsConversation().Start().RunUntilConnected();
        Exercise(conversation);
        Exercise(conversation);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var count = 0; count < 100; count++)
        {
            Exercise(conversation);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static void Exercise(DtlsConversation conversation)
        {
            Span<byte> bytes = stackalloc byte[DtlsAssociation.MaxDatagramLength];
            _ = conversation.Client.Send(bytes[..500]);
            while (conversation.Client.TryTakeDatagram(bytes, out var length) && length > 0)
            {
                _ = conversation.Server.HandleDatagram(bytes[..length], conversation.Now);
            }

            while (conversation.Server.TryTakeApplicationData(bytes, out _)) { }
        }
    }

    [Theory]
    [InlineData(PacketFault.Truncated, new byte[0])]
    [InlineData(PacketFault.Truncated, new byte[] { 22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 })]
    [InlineData(PacketFault.Malformed, new byte[] { 24, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(PacketFault.WrongVersion, new byte[] { 22, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    public void Refuses_what_is_no_record(PacketFault fault, byte[] datagram)
    {
        using var conversation = new DtlsConversation();
        Assert.Equal(fault, conversation.Server.HandleDatagram(datagram, MonotonicTime.Zero));
        Assert.Equal(PacketFault.TooLarge, conversation.Server.HandleDatagram(new byte[2049], MonotonicTime.Zero));
        Assert.Equal(DtlsState.New, conversation.Server.State);
    }

    internal static byte[] Keys(DtlsAssociation association)
    {
        var material = new byte[SrtpKeyMaterial.LengthOf(association.SrtpProfile)];
        Assert.True(association.ExportSrtpKeys(material));
        return material;
    }

    private static List<byte[]> Data(DtlsAssociation association)
    {
        var taken = new List<byte[]>();
        Span<byte> bytes = stackalloc byte[DtlsAssociation.MaxDatagramLength];
        while (association.TryTakeApplicationData(bytes, out var length))
        {
            taken.Add(bytes[..length].ToArray());
        }

        return taken;
    }

    // What Chromium does with a ClientHello beyond one datagram, and worse: the second half first, then pieces that
    // overlap, then some of them again.
    private static IEnumerable<byte[]> Fragments(byte[] hello)
    {
        const int HandshakeHeader = 12;
        var body = hello.AsSpan(13 + HandshakeHeader).ToArray();
        (int Offset, int Length)[] cuts =
        [
            (body.Length / 2, body.Length - (body.Length / 2)),
            (0, 40),
            (20, 60),
            (20, 60),
            (70, (body.Length / 2) - 60),
            (0, 40),
        ];
        for (var index = 0; index < cuts.Length; index++)
        {
            var (offset, length) = cuts[index];
            var record = new byte[13 + HandshakeHeader + length];
            hello.AsSpan(0, 13 + 6).CopyTo(record);
            record[10] = (byte)(hello[10] + 50 + index);
            BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(11), (ushort)(HandshakeHeader + length));
            BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(13 + 7), (ushort)offset);
            BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(13 + 10), (ushort)length);
            body.AsSpan(offset, length).CopyTo(record.AsSpan(13 + HandshakeHeader));
            yield return record;
        }
    }
}
