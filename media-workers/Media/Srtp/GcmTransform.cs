using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using EventMeet.Media.Srtp.Ciphers;
using EventMeet.Media.Values;

namespace EventMeet.Media.Srtp;

/*  RFC 7714 section 8.1, IV of 12 bytes:  (| 0 (16) | SSRC (32) | ROC (32) | SEQ (16) |) XOR salt
                section 9.1, for SRTCP:    (| 0 (16) | SSRC (32) | 0 (17) | SRTCP index (31) |) XOR salt
                                           both are: 16 zero bits, SSRC, an index of 48 bits

    section 8.2, SRTP:   | header, clear, associated | ciphertext | tag (128) |
    section 9.2, SRTCP:  | header and SSRC (64), clear, associated | ciphertext | tag (128) | E | index (31), associated |
    section 9.3, E = 0:  | all clear, associated | tag (128) | 0 | index (31), associated |
*/

/// <summary>AEAD_AES_128_GCM.</summary>
internal sealed class GcmTransform(SrtpSessionKeys rtp, SrtpSessionKeys rtcp, CipherTier tier) : SrtpTransform
{
    private readonly GcmKey _rtpKey = GcmKey.Create(tier, rtp.Encryption);
    private readonly Vector128<byte> _rtpSalt = rtp.SaltBlock;
    private readonly GcmKey _rtcpKey = GcmKey.Create(tier, rtcp.Encryption);
    private readonly Vector128<byte> _rtcpSalt = rtcp.SaltBlock;

    public override int TagLength => GcmKey.TagLength;

    public override void Warm() => _rtpKey.Warm();

    public override void ProtectRtp(
        Span<byte> packet,
        int headerLength,
        int prefixLength,
        ReadOnlySpan<byte> rest,
        PacketIndex index
    )
    {
        var nonce = Nonce(_rtpSalt, RtpSsrc(packet), (ulong)index.Value);
        _rtpKey.Seal(nonce, packet[..headerLength], packet[headerLength..], prefixLength, rest);
    }

    public override bool TryUnprotectRtp(Span<byte> packet, int headerLength, PacketIndex index)
    {
        var nonce = Nonce(_rtpSalt, RtpSsrc(packet), (ulong)index.Value);
        return _rtpKey.TryOpen(nonce, packet[..headerLength], packet[headerLength..]);
    }

    public override void ProtectRtcp(Span<byte> packet, uint index)
    {
        BinaryPrimitives.WriteUInt32BigEndian(packet[^RtcpWordLength..], index | RtcpEncryptedFlag);
        Span<byte> associated = stackalloc byte[RtcpHeaderLength + RtcpWordLength];
        GatherAssociated(packet, associated);
        var body = packet[RtcpHeaderLength..^RtcpWordLength];
        _rtcpKey.Seal(Nonce(_rtcpSalt, RtcpSsrc(packet), index), associated, body, body.Length - TagLength, []);
    }

    public override bool TryUnprotectRtcp(Span<byte> packet, uint word)
    {
        var nonce = Nonce(_rtcpSalt, RtcpSsrc(packet), word & ~RtcpEncryptedFlag);
        if ((word & RtcpEncryptedFlag) == 0)
        {
            return IsAuthentic(packet, nonce);
        }

        Span<byte> associated = stackalloc byte[RtcpHeaderLength + RtcpWordLength];
        GatherAssociated(packet, associated);
        return _rtcpKey.TryOpen(nonce, associated, packet[RtcpHeaderLength..^RtcpWordLength]);
    }

    public override uint ReadRtcpWord(ReadOnlySpan<byte> packet) =>
        BinaryPrimitives.ReadUInt32BigEndian(packet[^RtcpWordLength..]);

    public override void Dispose()
    {
        _rtpKey.Dispose();
        _rtcpKey.Dispose();
    }

    private static Vector128<byte> Nonce(Vector128<byte> salt, uint ssrc, ulong index)
    {
        // In two registers: bytes written one by one and read back as a vector would wait for the store buffer.
        var upper = ((ulong)ssrc << 16) | (index >> 32);
        var lower = index << 32;
        return salt ^ BigEndianBlock.Create(upper, lower);
    }

    private static void GatherAssociated(ReadOnlySpan<byte> packet, Span<byte> associated)
    {
        packet[..RtcpHeaderLength].CopyTo(associated);
        packet[^RtcpWordLength..].CopyTo(associated[RtcpHeaderLength..]);
    }

    // A packet that is authenticated only: what is associated stands on both sides of the tag.
    private bool IsAuthentic(Span<byte> packet, Vector128<byte> nonce)
    {
        var length = packet.Length - RtcpWordLength - TagLength;
        Span<byte> tag = stackalloc byte[GcmKey.TagLength];
        packet.Slice(length, TagLength).CopyTo(tag);
        packet[^RtcpWordLength..].CopyTo(packet[length..]);
        var authentic = _rtcpKey.TryOpen(nonce, packet[..(length + RtcpWordLength)], tag);
        tag.CopyTo(packet[length..]);
        return authentic;
    }
}
