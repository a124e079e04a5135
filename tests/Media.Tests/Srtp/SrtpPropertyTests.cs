using EventMeet.Media.Packets;
using EventMeet.Media.Srtp;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Srtp;

/// <summary>What holds for any bytes at all.</summary>
public sealed class SrtpPropertyTests
{
    [Property(MaxTest = 300)]
    public bool A_packet_with_any_bit_flipped_is_refused_and_the_true_one_still_taken(
        bool gcm,
        bool known,
        ushort number,
        byte payloadLength,
        ushort bit
    )
    {
        var profile = gcm ? SrtpProfile.AeadAes128Gcm : SrtpProfile.AesCm128HmacSha1Tag80;
        using var sender = SrtpParties.Sender(profile);
        using var receiver = SrtpParties.Receiver(profile);
        var index = number + 1;
        if (known && receiver.Open(sender.ProtectPacket(index - 1)) != PacketFault.None)
        {
            return false;
        }

        var packet = sender.Protect(SrtpParties.RtpPacket(index, payloadLength), index);
        var altered = packet.ToArray();
        altered[bit / 8 % altered.Length] ^= (byte)(1 << (bit % 8));
        return receiver.Open(altered) != PacketFault.None && receiver.Open(packet) == PacketFault.None;
    }

    [Property(MaxTest = 300)]
    public bool A_report_with_any_bit_flipped_is_refused_and_the_true_one_still_taken(
        bool gcm,
        bool known,
        byte words,
        ushort bit
    )
    {
        var profile = gcm ? SrtpProfile.AeadAes128Gcm : SrtpProfile.AesCm128HmacSha1Tag80;
        using var sender = SrtpParties.Sender(profile);
        using var receiver = SrtpParties.Receiver(profile);
        if (known && receiver.OpenReport(sender.ProtectReport(SrtpParties.RtcpPacket()), out _) != PacketFault.None)
        {
            return false;
        }

        var packet = sender.ProtectReport(SrtpParties.RtcpPacket(8 + (4 * words)));
        var altered = packet.ToArray();
        altered[bit / 8 % altered.Length] ^= (byte)(1 << (bit % 8));
        return receiver.OpenReport(altered, out _) != PacketFault.None
            && receiver.OpenReport(packet, out _) == PacketFault.None;
    }

    [Property(MaxTest = 300)]
    public bool Never_takes_or_throws_at_bytes_that_nobody_protected(bool gcm, byte[] datagram, int headerLength)
    {
        var profile = gcm ? SrtpProfile.AeadAes128Gcm : SrtpProfile.AesCm128HmacSha1Tag80;
        using var receiver = SrtpParties.Receiver(profile);
        return receiver.UnprotectRtp(datagram, headerLength, out _, out _) != PacketFault.None
            && receiver.UnprotectRtp(datagram, 12, out _, out _) != PacketFault.None
            && receiver.UnprotectRtcp(datagram, out _) != PacketFault.None;
    }

    [Theory]
    [InlineData(SrtpProfile.AesCm128HmacSha1Tag80)]
    [InlineData(SrtpProfile.AeadAes128Gcm)]
    public void A_packet_cut_anywhere_is_refused(SrtpProfile profile)
    {
        using var sender = SrtpParties.Sender(profile);
        using var receiver = SrtpParties.Receiver(profile);
        var packet = sender.ProtectPacket(500);
        var report = sender.ProtectReport(SrtpParties.RtcpPacket());
        for (var length = 0; length < packet.Length; length++)
        {
            Assert.NotEqual(PacketFault.None, receiver.UnprotectRtp([.. packet[..length]], 20, out _, out _));
        }

        for (var length = 0; length < report.Length; length++)
        {
            Assert.NotEqual(PacketFault.None, receiver.UnprotectRtcp([.. report[..length]], out _));
        }

        Assert.Equal(PacketFault.TooLarge, receiver.UnprotectRtp(new byte[70_000], 12, out _, out _));
        Assert.Equal(PacketFault.TooLarge, receiver.UnprotectRtcp(new byte[70_000], out _));
        Assert.Equal(PacketFault.None, receiver.Open(packet));
        Assert.Equal(PacketFault.None, receiver.OpenReport(report, out _));
    }
}
