using EventMeet.Media.Packets;
using EventMeet.Media.Srtp;

namespace EventMeet.Media.Tests.Srtp;

/// <summary>What a receiver does with packets that come late, twice, out of order, around the wrap, or never.</summary>
public sealed class SrtpStoryTests : IDisposable
{
    private readonly SrtpSender _sender = SrtpParties.Sender(SrtpProfile.AeadAes128Gcm);
    private readonly SrtpReceiver _receiver = SrtpParties.Receiver(SrtpProfile.AeadAes128Gcm);

    [Theory]
    [InlineData(SrtpProfile.AesCm128HmacSha1Tag80)]
    [InlineData(SrtpProfile.AeadAes128Gcm)]
    public void Follows_a_stream_over_two_wraps_of_its_sequence_number(SrtpProfile profile)
    {
        using var sender = SrtpParties.Sender(profile);
        using var receiver = SrtpParties.Receiver(profile);
        for (var index = 65_500L; index < 140_000; index += index % 65_536 is > 100 and < 60_000 ? 9_000 : 1)
        {
            var plaintext = SrtpParties.RtpPacket(index);
            Assert.Equal(
                PacketFault.None,
                receiver.Open(sender.Protect(plaintext, index), out var opened, out var found)
            );
            Assert.Equal(index, found);
            Assert.Equal(plaintext, opened);
        }
    }

    [Fact]
    public void Takes_packets_in_any_order_across_the_wrap()
    {
        long[] order = [65_530, 65_540, 65_535, 65_536, 65_534, 65_537, 65_531, 65_600, 65_539, 65_533];
        foreach (var index in order)
        {
            Assert.Equal(PacketFault.None, _receiver.Open(_sender.ProtectPacket(index), out _, out var found));
            Assert.Equal(index, found);
        }

        Assert.All(
            order,
            index => Assert.Equal(PacketFault.SrtpReplayed, _receiver.Open(_sender.ProtectPacket(index)))
        );
    }

    [Fact]
    public void Refuses_every_packet_of_the_window_a_second_time_and_those_before_it_as_too_old()
    {
        for (var index = 30_000L; index < 33_000; index++)
        {
            Assert.Equal(PacketFault.None, _receiver.Open(_sender.ProtectPacket(index)));
        }

        for (var index = 30_000L; index < 33_000; index++)
        {
            var expected = index < 33_000 - ReplayWindow.Length ? PacketFault.SrtpTooOld : PacketFault.SrtpReplayed;
            Assert.Equal(expected, _receiver.Open(_sender.ProtectPacket(index)));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(1_022)]
    [InlineData(1_023)]
    [InlineData(1_024)]
    [InlineData(30_000)]
    public void Takes_what_was_skipped_by_a_jump_as_long_as_it_is_in_the_window(int jump)
    {
        Assert.Equal(PacketFault.None, _receiver.Open(_sender.ProtectPacket(5_000)));
        Assert.Equal(PacketFault.None, _receiver.Open(_sender.ProtectPacket(5_000 + jump)));
        for (var index = 5_000L; index <= 5_000 + jump; index++)
        {
            var expected =
                index <= 5_000 + jump - ReplayWindow.Length ? PacketFault.SrtpTooOld
                : index == 5_000 || index == 5_000 + jump ? PacketFault.SrtpReplayed
                : PacketFault.None;
            Assert.Equal(expected, _receiver.Open(_sender.ProtectPacket(index)));
        }
    }

    [Fact]
    public void Begins_right_when_the_packets_before_the_first_wrap_were_lost()
    {
        Assert.Equal(PacketFault.None, _receiver.Open(_sender.ProtectPacket(65_538), out _, out var index));
        Assert.Equal(65_538, index);
        Assert.Equal(PacketFault.None, _receiver.Open(_sender.ProtectPacket(65_535), out _, out index));
        Assert.Equal(65_535, index);
    }

    [Fact]
    public void Begins_right_just_below_the_wrap_and_takes_what_came_before_the_first()
    {
        Assert.Equal(PacketFault.None, _receiver.Open(_sender.ProtectPacket(65_535)));
        Assert.Equal(PacketFault.None, _receiver.Open(_sender.ProtectPacket(65_533)));
        Assert.Equal(PacketFault.None, _receiver.Open(_sender.ProtectPacket(65_536), out _, out var index));
        Assert.Equal(65_536, index);
    }

    [Fact]
    public void Keeps_the_SSRCs_of_a_peer_apart()
    {
        foreach (var (ssrc, index) in new[] { (1u, 65_535L), (2u, 3L), (1u, 65_536L), (2u, 4L), (3u, 65_535L) })
        {
            Assert.Equal(PacketFault.None, _receiver.Open(_sender.ProtectPacket(index, ssrc), out _, out var found));
            Assert.Equal(index, found);
        }
    }

    [Fact]
    public void Strangers_take_no_room_and_one_SSRC_too_many_is_refused()
    {
        for (var ssrc = 1u; ssrc <= 2 * SrtpSources.MaxCount; ssrc++)
        {
            var forged = _sender.ProtectPacket(100, ssrc);
            forged[^1] ^= 1;
            Assert.Equal(PacketFault.SrtpWrongTag, _receiver.Open(forged));
        }

        for (var ssrc = 1u; ssrc <= SrtpSources.MaxCount; ssrc++)
        {
            Assert.Equal(PacketFault.None, _receiver.Open(_sender.ProtectPacket(100, ssrc)));
        }

        Assert.Equal(PacketFault.SrtpTooManySources, _receiver.Open(_sender.ProtectPacket(100, 0)));
        Assert.Equal(PacketFault.None, _receiver.Open(_sender.ProtectPacket(101, 1)));
    }

    [Theory]
    [InlineData(SrtpProfile.AesCm128HmacSha1Tag80)]
    [InlineData(SrtpProfile.AeadAes128Gcm)]
    public void Takes_each_RTCP_packet_once_in_any_order(SrtpProfile profile)
    {
        using var sender = SrtpParties.Sender(profile);
        using var receiver = SrtpParties.Receiver(profile);
        var plaintexts = Enumerable
            .Range(0, 20)
            .Select(i => SrtpParties.RtcpPacket(8 + (4 * i), (uint)i % 3))
            .ToArray();
        var packets = plaintexts.Select(sender.ProtectReport).ToArray();
        for (var i = packets.Length - 1; i >= 0; i--)
        {
            Assert.Equal(PacketFault.None, receiver.OpenReport(packets[i], out var opened));
            Assert.Equal(plaintexts[i], opened);
        }

        Assert.All(packets, packet => Assert.Equal(PacketFault.SrtpReplayed, receiver.OpenReport(packet, out _)));
    }

    [Theory]
    [InlineData(SrtpProfile.AesCm128HmacSha1Tag80)]
    [InlineData(SrtpProfile.AeadAes128Gcm)]
    public void Stops_when_the_key_has_protected_all_that_it_may(SrtpProfile profile)
    {
        using var sender = SrtpParties.Sender(profile, rtp: SrtpSender.RtpLimit - 1, rtcp: SrtpSender.RtcpLimit - 1);
        using var receiver = SrtpParties.Receiver(
            profile,
            rtp: SrtpSender.RtpLimit - 1,
            rtcp: SrtpSender.RtcpLimit - 1
        );
        var report = SrtpParties.RtcpPacket();
        Assert.Equal(PacketFault.None, receiver.OpenReport(sender.ProtectReport(report), out _));
        Assert.Equal(0, sender.ProtectRtcp(new byte[100], report.Length));
        Assert.Equal(PacketFault.SrtpKeyExhausted, receiver.OpenReport(new byte[100], out _));

        Assert.Equal(PacketFault.None, receiver.Open(sender.ProtectPacket(7)));
        var next = SrtpParties.RtpPacket(8);
        Assert.Equal(0, sender.ProtectRtp([.. next, .. new byte[16]], SrtpParties.HeaderLength, 10, [], new(8)));
        Assert.Equal(PacketFault.SrtpKeyExhausted, receiver.Open([.. next, .. new byte[16]]));
        Assert.Equal(
            PacketFault.SrtpKeyExhausted,
            receiver.Open([.. SrtpParties.RtpPacket(8, ssrc: 1), .. new byte[16]])
        );
    }

    [Fact]
    public void An_index_has_48_bits()
    {
        const long Last = (1L << 48) - 1;
        Assert.Equal(86, _sender.ProtectPacket(Last).Length);
        var room = new byte[100];
        Assert.Equal(0, _sender.ProtectRtp(room, SrtpParties.HeaderLength, 0, [], new(Last + 1)));
    }

    [Fact]
    public void An_RTCP_packet_without_room_for_its_tag_is_not_sent()
    {
        Assert.Equal(0, _sender.ProtectRtcp(new byte[40 + _sender.RtcpOverhead - 1], 40));
        Assert.Equal(60, _sender.ProtectRtcp(new byte[40 + _sender.RtcpOverhead], 40));
    }

    [Fact]
    public void Disposed_keys_cannot_be_used()
    {
        _sender.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _sender.ProtectPacket(1));
    }

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
    }
}
