using System.Runtime.Intrinsics;
using EventMeet.Media.Packets;
using EventMeet.Media.Srtp;
using EventMeet.Media.Srtp.Ciphers;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Srtp;

/// <summary>The examples that the RFCs print.</summary>
public sealed class VectorTests
{
    // RFC 7714 section 15: for all its examples.
    private const string Key = "000102030405060708090a0b0c0d0e0f";
    private const string Salt = "517569642070726f2071756f";

    // RFC 7714 section 16: sequence number f17b, SSRC 5501a0b2, rollover counter 0.
    private const string RtpHeader = "8040f17b8041f8d35501a0b2";
    private const string RtpPayload = "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573";
    private const string RtpSealed = "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833";
    private const string RtpTag = "899d7f27beb16a9152cf765ee4390cce";

    // RFC 7714 section 17: SRTCP index 5d4.
    private const int RtcpIndex = 0x5d4;
    private const string RtcpHeader = "81c8000d4d617273";
    private const string RtcpBody =
        "4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";
    private const string RtcpSealed =
        "63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275b";
    private const string RtcpTag = "c84aa45896cf4d2fc5abf87245d9eade";
    private const string RtcpClearTag = "841dd9683dd78ec92ae58790125f62b3";

    public static TheoryData<CipherTier> Tiers => [.. Enum.GetValues<CipherTier>().Where(CipherTiers.IsSupported)];

    [Theory]
    [MemberData(nameof(Tiers))]
    public void The_key_stream_is_that_of_RFC_3711_B2(CipherTier tier)
    {
        using var key = CounterModeKey.Create(tier, Bytes("2b7e151628aed2a6abf7158809cf4f3c"));
        var stream = new byte[0xff02 * 16];
        key.Apply(Vector128.Create(Bytes("f0f1f2f3f4f5f6f7f8f9fafbfcfd0000")), stream, stream.Length, []);
        Assert.Equal(
            "E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB41E95B3BB0A2E8DD477901E4FCA894C0",
            Convert.ToHexString(stream, 0, 48)
        );
        Assert.Equal(
            "EC8CDF7398607CB0F2D21675EA9EA1E4362B7C3C6773516318A077D7FC5073AE6A2CC3787889374FBEB4C81B17BA6C44",
            Convert.ToHexString(stream, 0xfeff * 16, 48)
        );
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public void The_session_keys_are_those_of_RFC_3711_B3(CipherTier tier)
    {
        using var derivation = new SrtpKeyDerivation(
            tier,
            Bytes("e1f97a0d3e018be0d64fa32c06de4139"),
            Bytes("0ec675ad498afeebb6960b3aabe6")
        );
        Assert.Equal("C61E7A93744F39EE10734AFE3FF7A087", Derive(derivation, SrtpKeyLabel.RtpEncryption, 16));
        Assert.Equal("30CBBC08863D8C85D49DB34A9AE1", Derive(derivation, SrtpKeyLabel.RtpSalt, 14));
        Assert.Equal(
            "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E47403576",
            Derive(derivation, SrtpKeyLabel.RtpAuthentication, 80)
        );
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public void An_RTP_packet_is_protected_and_opened_as_in_RFC_7714_16_1(CipherTier tier)
    {
        using var transform = Transform(tier);
        var packet = Bytes(RtpHeader + RtpPayload + RtpTag);
        transform.ProtectRtp(packet, 12, RtpPayload.Length / 2, [], new PacketIndex(0xf17b));
        Assert.Equal(Bytes(RtpHeader + RtpSealed + RtpTag), packet);
        Assert.True(transform.TryUnprotectRtp(packet, 12, new PacketIndex(0xf17b)));
        Assert.Equal(Bytes(RtpHeader + RtpPayload), packet[..^16]);
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public void An_RTCP_packet_is_protected_and_opened_as_in_RFC_7714_17_1(CipherTier tier)
    {
        using var sender = new SrtpSender(Transform(tier), 0, RtcpIndex);
        using var receiver = new SrtpReceiver(Transform(tier), 0, 0);
        var packet = sender.ProtectReport(Bytes(RtcpHeader + RtcpBody));
        Assert.Equal(Bytes(RtcpHeader + RtcpSealed + RtcpTag + "800005d4"), packet);
        Assert.Equal(PacketFault.None, receiver.OpenReport(packet, out var plaintext));
        Assert.Equal(Bytes(RtcpHeader + RtcpBody), plaintext);
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public void An_RTCP_packet_that_is_only_authenticated_is_opened_as_in_RFC_7714_17_3(CipherTier tier)
    {
        using var receiver = new SrtpReceiver(Transform(tier), 0, 0);
        var packet = Bytes(RtcpHeader + RtcpBody + RtcpClearTag + "000005d4");
        var altered = packet.ToArray();
        altered[20] ^= 1;
        Assert.Equal(PacketFault.SrtpWrongTag, receiver.OpenReport(altered, out _));
        Assert.Equal(PacketFault.None, receiver.OpenReport(packet, out var plaintext));
        Assert.Equal(Bytes(RtcpHeader + RtcpBody), plaintext);
    }

    private static string Derive(SrtpKeyDerivation derivation, SrtpKeyLabel label, int length)
    {
        var key = new byte[length];
        derivation.Derive(label, key);
        return Convert.ToHexString(key);
    }

    // The examples give session keys, the same for RTP and RTCP.
    private static GcmTransform Transform(CipherTier tier)
    {
        var keys = new SrtpSessionKeys(new byte[SrtpSessionKeys.Length]);
        Bytes(Key).CopyTo(keys.Encryption);
        Bytes(Salt).CopyTo(keys.Salt);
        return new GcmTransform(keys, keys, tier);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex);
}
