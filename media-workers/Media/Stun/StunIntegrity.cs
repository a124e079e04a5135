using System.Buffers.Binary;
using System.Security.Cryptography;

namespace EventMeet.Media.Stun;

/*  RFC 8489 sections 14.5 to 14.7. Each is computed as if the message ended with itself:

    | header, its length field ending after the attribute | attributes before it |  <- covered
    | type | length | HMAC or CRC                                                |  <- not covered                      */

/// <summary>Computes MESSAGE-INTEGRITY, MESSAGE-INTEGRITY-SHA256 and FINGERPRINT; allocates nothing.</summary>
internal static class StunIntegrity
{
    /// <summary>The length of an HMAC-SHA1 in bytes.</summary>
    public const int Sha1Length = HMACSHA1.HashSizeInBytes;

    /// <summary>The length of a whole HMAC-SHA256 in bytes.</summary>
    public const int Sha256Length = HMACSHA256.HashSizeInBytes;

    /// <summary>The shortest truncated HMAC-SHA256 (RFC 8489 section 14.6).</summary>
    public const int MinSha256Length = 16;

    private const uint FingerprintMask = 0x5354_554E; // "STUN"

    /// <summary>Computes an HMAC.</summary>
    /// <param name="algorithm"><see cref="StunAttribute.MessageIntegrity"/> or its SHA-256 sister.</param>
    /// <param name="key">The password, or the long-term key.</param>
    /// <param name="covered">The message from its header to the attribute's own header; the length field is ignored.</param>
    /// <param name="valueLength">How long the attribute's value is, 16 to 32 bytes.</param>
    /// <param name="hash">Takes the whole hash: 20 or 32 bytes.</param>
    public static void Compute(
        StunAttribute algorithm,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> covered,
        int valueLength,
        Span<byte> hash
    )
    {
        Span<byte> message = stackalloc byte[StunMessage.MaxLength];
        message = message[..covered.Length];
        covered.CopyTo(message);
        var length = covered.Length - StunMessage.HeaderLength + StunMessage.AttributeHeaderLength + valueLength;
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], (ushort)length);
        if (algorithm == StunAttribute.MessageIntegritySha256)
        {
            _ = HMACSHA256.HashData(key, message, hash);
            return;
        }

        // RFC 8489 section 14.5 and every ICE agent ask for HMAC-SHA1; as a MAC it is not broken.
#pragma warning disable CA5350
        _ = HMACSHA1.HashData(key, message, hash);
#pragma warning restore CA5350
    }

    /// <summary>Computes FINGERPRINT.</summary>
    /// <param name="covered">The message up to the attribute; its length field already counts the attribute.</param>
    public static uint ComputeFingerprint(ReadOnlySpan<byte> covered) => Crc32.Compute(covered) ^ FingerprintMask;
}
