using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using EventMeet.Media.Srtp.Ciphers;
using EventMeet.Media.Values;

namespace EventMeet.Media.Srtp;

/*  RFC 3711 section 4.1.1, IV:  (| 0 (32) | SSRC (32) | index (48) | blocks (16) |) XOR (| salt (112) | 0 (16) |)

    section 3.1, SRTP:   | header, clear | ciphertext | tag (80) |                  the tag covers packet and ROC (32)
    section 3.4, SRTCP:  | header and SSRC (64), clear | ciphertext | E | index (31) | tag (80) |   it covers all before it
*/

/// <summary>AES_CM_128_HMAC_SHA1_80.</summary>
internal sealed class CounterModeTransform(SrtpSessionKeys rtp, SrtpSessionKeys rtcp, CipherTier tier) : SrtpTransform
{
    private readonly CounterModeKey _rtpKey = CounterModeKey.Create(tier, rtp.Encryption);
    private readonly HmacSha1Key _rtpAuthenticationKey = new(rtp.Authentication);
    private readonly Vector128<byte> _rtpSalt = rtp.SaltBlock;
    private readonly CounterModeKey _rtcpKey = CounterModeKey.Create(tier, rtcp.Encryption);
    private readonly HmacSha1Key _rtcpAuthenticationKey = new(rtcp.Authentication);
    private readonly Vector128<byte> _rtcpSalt = rtcp.SaltBlock;

    public override int TagLength => HmacSha1Key.TagLength;

    public override void Warm()
    {
        _rtpKey.Warm();
        _rtpAuthenticationKey.Warm();
    }

    public override void ProtectRtp(
        Span<byte> packet,
        int headerLength,
        int prefixLength,
        ReadOnlySpan<byte> rest,
        PacketIndex index
    )
    {
        EncryptRtp(packet, headerLength, prefixLength, rest, index);
        _rtpAuthenticationKey.Tag(packet[..^TagLength], index.RolloverCounter, packet[^TagLength..]);
    }

    public override void ProtectRtp(
        Span<byte> packet,
        int headerLength,
        int prefixLength,
        ReadOnlySpan<byte> rest,
        PacketIndex index,
        Sha1TagBatch batch
    )
    {
        EncryptRtp(packet, headerLength, prefixLength, rest, index);
        batch.Add(_rtpAuthenticationKey, packet, index.RolloverCounter);
    }

    public override bool TryUnprotectRtp(Span<byte> packet, int headerLength, PacketIndex index)
    {
        if (!_rtpAuthenticationKey.IsTag(packet[..^TagLength], index.RolloverCounter, packet[^TagLength..]))
        {
            return false;
        }

        var text = packet[headerLength..^TagLength];
        _rtpKey.Apply(Iv(_rtpSalt, RtpSsrc(packet), (ulong)index.Value), text, text.Length, []);
        return true;
    }

    public override void ProtectRtcp(Span<byte> packet, uint index)
    {
        var word = index | RtcpEncryptedFlag;
        var text = packet[RtcpHeaderLength..^(RtcpWordLength + TagLength)];
        _rtcpKey.Apply(Iv(_rtcpSalt, RtcpSsrc(packet), index), text, text.Length, []);
        BinaryPrimitives.WriteUInt32BigEndian(packet[^(RtcpWordLength + TagLength)..], word);
        _rtcpAuthenticationKey.Tag(packet[..^(RtcpWordLength + TagLength)], word, packet[^TagLength..]);
    }

    public override bool TryUnprotectRtcp(Span<byte> packet, uint word)
    {
        var covered = packet[..^(RtcpWordLength + TagLength)];
        if (!_rtcpAuthenticationKey.IsTag(covered, word, packet[^TagLength..]))
        {
            return false;
        }

        if ((word & RtcpEncryptedFlag) != 0)
        {
            var text = covered[RtcpHeaderLength..];
            _rtcpKey.Apply(Iv(_rtcpSalt, RtcpSsrc(packet), word & ~RtcpEncryptedFlag), text, text.Length, []);
        }

        return true;
    }

    public override uint ReadRtcpWord(ReadOnlySpan<byte> packet) =>
        BinaryPrimitives.ReadUInt32BigEndian(packet[^(RtcpWordLength + TagLength)..]);

    public override void Dispose()
    {
        _rtpKey.Dispose();
        _rtpAuthenticationKey.Dispose();
        _rtcpKey.Dispose();
        _rtcpAuthenticationKey.Dispose();
    }

    private static Vector128<byte> Iv(Vector128<byte> salt, uint ssrc, ulong index) =>
        salt ^ BigEndianBlock.Create(ssrc, index << 16);

    private void EncryptRtp(
        Span<byte> packet,
        int headerLength,
        int prefixLength,
        ReadOnlySpan<byte> rest,
        PacketIndex index
    )
    {
        var iv = Iv(_rtpSalt, RtpSsrc(packet), (ulong)index.Value);
        _rtpKey.Apply(iv, packet[headerLength..^TagLength], prefixLength, rest);
    }
}
