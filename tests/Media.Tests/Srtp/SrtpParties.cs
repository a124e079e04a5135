using System.Buffers.Binary;
using EventMeet.Media.Packets;
using EventMeet.Media.Srtp;
using EventMeet.Media.Srtp.Ciphers;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Srtp;

/// <summary>Packets, keys and both ends of a one-way SRTP session.</summary>
internal static class SrtpParties
{
    public const uint Ssrc = 0xcafe_babe;
    public const int HeaderLength = 20; // with an 8-byte extension

    public static readonly SrtpProfile[] Profiles = [SrtpProfile.AesCm128HmacSha1Tag80, SrtpProfile.AeadAes128Gcm];

    public static readonly byte[] MasterKey = [.. Enumerable.Range(0x30, 16).Select(value => (byte)value)];

    public static TheoryData<SrtpProfile, CipherTier> ProfilesAndTiers
    {
        get
        {
            var data = new TheoryData<SrtpProfile, CipherTier>();
            foreach (var profile in Profiles)
            {
                foreach (var tier in Enum.GetValues<CipherTier>().Where(CipherTiers.IsSupported))
                {
                    data.Add(profile, tier);
                }
            }

            return data;
        }
    }

    public static byte[] MasterSalt(SrtpProfile profile) =>
        [.. Enumerable.Range(0xa0, SrtpKeyMaterial.SaltLengthOf(profile)).Select(value => (byte)value)];

    public static SrtpTransform Transform(SrtpProfile profile, CipherTier? tier = null) =>
        SrtpTransform.Create(profile, MasterKey, MasterSalt(profile), tier ?? CipherTiers.Best);

    public static SrtpSender Sender(SrtpProfile profile, CipherTier? tier = null, long rtp = 0, long rtcp = 0) =>
        new(Transform(profile, tier), rtp, rtcp);

    public static SrtpReceiver Receiver(SrtpProfile profile, CipherTier? tier = null, long rtp = 0, long rtcp = 0) =>
        new(Transform(profile, tier), rtp, rtcp);

    /// <summary>Version 2, one-byte header extension of one word, payload counting up.</summary>
    public static byte[] RtpPacket(long index, int payloadLength = 50, uint ssrc = Ssrc)
    {
        var packet = new byte[HeaderLength + payloadLength];
        packet[0] = 0x90;
        packet[1] = 96;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)index);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), (uint)index * 3000);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), ssrc);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(12), 0xbede_0001);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(16), 0x1080_0000);
        for (var i = 0; i < payloadLength; i++)
        {
            packet[HeaderLength + i] = (byte)(i + index);
        }

        return packet;
    }

    /// <summary>A receiver report without blocks, then filling that is no RTCP: SRTCP does not look.</summary>
    public static byte[] RtcpPacket(int length = 40, uint ssrc = Ssrc)
    {
        var packet = new byte[length];
        packet[0] = 0x80;
        packet[1] = 201;
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), ssrc);
        for (var i = 8; i < length; i++)
        {
            packet[i] = (byte)i;
        }

        return packet;
    }

    /// <summary>Protects a whole plaintext packet, its payload cut into prefix and rest.</summary>
    public static byte[] Protect(this SrtpSender sender, byte[] plaintext, long index, int prefixLength = 5)
    {
        prefixLength = Math.Min(prefixLength, plaintext.Length - HeaderLength);
        var packet = new byte[plaintext.Length + sender.Overhead];
        plaintext.AsSpan(0, HeaderLength + prefixLength).CopyTo(packet);
        var rest = plaintext.AsSpan(HeaderLength + prefixLength);
        Assert.Equal(packet.Length, sender.ProtectRtp(packet, HeaderLength, prefixLength, rest, new(index)));
        return packet;
    }

    public static byte[] ProtectPacket(this SrtpSender sender, long index, uint ssrc = Ssrc) =>
        sender.Protect(RtpPacket(index, ssrc: ssrc), index);

    public static byte[] ProtectReport(this SrtpSender sender, byte[] plaintext)
    {
        var packet = new byte[plaintext.Length + sender.RtcpOverhead];
        plaintext.CopyTo(packet, 0);
        Assert.Equal(packet.Length, sender.ProtectRtcp(packet, plaintext.Length));
        return packet;
    }

    /// <summary>Opens a copy.</summary>
    public static PacketFault Open(this SrtpReceiver receiver, byte[] packet, out byte[] plaintext, out long index)
    {
        plaintext = [.. packet];
        var fault = receiver.UnprotectRtp(plaintext, HeaderLength, out var length, out PacketIndex found);
        Assert.True(fault == PacketFault.None || packet.AsSpan().SequenceEqual(plaintext), "A refused packet stays.");
        plaintext = plaintext[..length];
        index = found.Value;
        return fault;
    }

    public static PacketFault Open(this SrtpReceiver receiver, byte[] packet) => receiver.Open(packet, out _, out _);

    /// <summary>Opens a copy.</summary>
    public static PacketFault OpenReport(this SrtpReceiver receiver, byte[] packet, out byte[] plaintext)
    {
        plaintext = [.. packet];
        var fault = receiver.UnprotectRtcp(plaintext, out var length);
        Assert.True(fault == PacketFault.None || packet.AsSpan().SequenceEqual(plaintext), "A refused packet stays.");
        plaintext = plaintext[..length];
        return fault;
    }
}
