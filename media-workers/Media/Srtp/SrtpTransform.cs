using System.Buffers.Binary;
using EventMeet.Media.Srtp.Ciphers;
using EventMeet.Media.Values;

namespace EventMeet.Media.Srtp;

/// <summary>
/// What a protection profile does to single packets: no windows, no counters. One direction's session keys are inside.
/// Every packet is long enough; the sender and the receiver see to that.
/// </summary>
internal abstract class SrtpTransform : IDisposable
{
    /// <summary>Bytes in the fixed RTP header (RFC 3550 section 5.1).</summary>
    public const int RtpHeaderLength = 12;

    /// <summary>Bytes of the first RTCP header and its SSRC, which stay clear (RFC 3711 section 3.4).</summary>
    public const int RtcpHeaderLength = 8;

    /// <summary>Bytes of the word that holds the E flag and the SRTCP index.</summary>
    public const int RtcpWordLength = 4;

    /// <summary>The E flag: this packet is encrypted (RFC 3711 section 3.4).</summary>
    public const uint RtcpEncryptedFlag = 0x8000_0000;

    /// <summary>
    /// Bytes in the longest packet: what UDP can carry and more than a tag on top. Keeps the 16-bit block counter of
    /// AES-CM from wrapping.
    /// </summary>
    public const int MaxPacketLength = 0x1_0000;

    /// <summary>Gets the bytes in a tag: 10 or 16.</summary>
    public abstract int TagLength { get; }

    /// <summary>Asks for the keys of the next packet, so that they are in the processor's cache by then.</summary>
    public abstract void Warm();

    /// <summary>Derives the session keys.</summary>
    /// <param name="profile">What use_srtp agreed on.</param>
    /// <param name="masterKey">16 bytes.</param>
    /// <param name="masterSalt">As long as <see cref="SrtpKeyMaterial.SaltLengthOf"/> says.</param>
    /// <param name="tier">How to compute.</param>
    public static SrtpTransform Create(
        SrtpProfile profile,
        ReadOnlySpan<byte> masterKey,
        ReadOnlySpan<byte> masterSalt,
        CipherTier tier
    )
    {
        var saltLength = SrtpKeyMaterial.SaltLengthOf(profile);
        ArgumentOutOfRangeException.ThrowIfNotEqual(masterKey.Length, SrtpKeyMaterial.KeyLength, nameof(masterKey));
        ArgumentOutOfRangeException.ThrowIfNotEqual(masterSalt.Length, saltLength, nameof(masterSalt));
        using var derivation = new SrtpKeyDerivation(tier, masterKey, masterSalt);
        var rtp = new SrtpSessionKeys(stackalloc byte[SrtpSessionKeys.Length]);
        derivation.Derive(SrtpKeyLabel.RtpEncryption, rtp.Encryption);
        derivation.Derive(SrtpKeyLabel.RtpAuthentication, rtp.Authentication);
        derivation.Derive(SrtpKeyLabel.RtpSalt, rtp.Salt[..saltLength]);
        var rtcp = new SrtpSessionKeys(stackalloc byte[SrtpSessionKeys.Length]);
        derivation.Derive(SrtpKeyLabel.RtcpEncryption, rtcp.Encryption);
        derivation.Derive(SrtpKeyLabel.RtcpAuthentication, rtcp.Authentication);
        derivation.Derive(SrtpKeyLabel.RtcpSalt, rtcp.Salt[..saltLength]);
        SrtpTransform transform =
            profile is SrtpProfile.AeadAes128Gcm
                ? new GcmTransform(rtp, rtcp, tier)
                : new CounterModeTransform(rtp, rtcp, tier);
        rtp.Clear();
        rtcp.Clear();
        return transform;
    }

    /// <summary>Encrypts and appends the tag.</summary>
    /// <param name="packet">Header, prefix, room for the rest and the tag; exactly as long as they are together.</param>
    /// <param name="headerLength">Bytes that stay clear.</param>
    /// <param name="prefixLength">Bytes of payload that are in place.</param>
    /// <param name="rest">The payload after them.</param>
    /// <param name="index">The packet's index.</param>
    public abstract void ProtectRtp(
        Span<byte> packet,
        int headerLength,
        int prefixLength,
        ReadOnlySpan<byte> rest,
        PacketIndex index
    );

    /// <summary>The same; the tag may be left to the batch.</summary>
    /// <param name="packet">Header, prefix, room for the rest and the tag; pinned or native memory.</param>
    /// <param name="headerLength">Bytes that stay clear.</param>
    /// <param name="prefixLength">Bytes of payload that are in place.</param>
    /// <param name="rest">The payload after them.</param>
    /// <param name="index">The packet's index.</param>
    /// <param name="batch">Completed before the packet is sent.</param>
    public virtual void ProtectRtp(
        Span<byte> packet,
        int headerLength,
        int prefixLength,
        ReadOnlySpan<byte> rest,
        PacketIndex index,
        Sha1TagBatch batch
    ) => ProtectRtp(packet, headerLength, prefixLength, rest, index);

    /// <summary>Checks the tag and decrypts in place; a packet whose tag is wrong stays as it was.</summary>
    /// <param name="packet">Header, payload, tag.</param>
    /// <param name="headerLength">Bytes that are clear.</param>
    /// <param name="index">The packet's index, as guessed.</param>
    public abstract bool TryUnprotectRtp(Span<byte> packet, int headerLength, PacketIndex index);

    /// <summary>Encrypts all after the header and appends the tag and the E flag with the index.</summary>
    /// <param name="packet">The compound packet, and room for tag and word; exactly as long as they are together.</param>
    /// <param name="index">The SRTCP index, 31 bits.</param>
    public abstract void ProtectRtcp(Span<byte> packet, uint index);

    /// <summary>Checks the tag and decrypts in place; a packet whose tag is wrong stays as it was.</summary>
    /// <param name="packet">The compound packet, tag and word.</param>
    /// <param name="word">What <see cref="ReadRtcpWord"/> read: E flag and SRTCP index.</param>
    public abstract bool TryUnprotectRtcp(Span<byte> packet, uint word);

    /// <summary>Reads E flag and SRTCP index, which stand before the tag or after it.</summary>
    public abstract uint ReadRtcpWord(ReadOnlySpan<byte> packet);

    /// <summary>Wipes the keys.</summary>
    public abstract void Dispose();

    /// <summary>The SSRC of an RTP packet.</summary>
    public static uint RtpSsrc(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32BigEndian(packet[8..]);

    /// <summary>The SSRC of the first packet in an RTCP compound.</summary>
    public static uint RtcpSsrc(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32BigEndian(packet[4..]);
}
