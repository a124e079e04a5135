namespace EventMeet.Media.Srtp;

/*  RFC 5764 section 4.2, what the exporter labelled EXTRACTOR-dtls_srtp yields:

    | client_write_SRTP_master_key | server_write_SRTP_master_key | client_write_SRTP_master_salt | server_write_SRTP_master_salt |
*/

/// <summary>Cuts the exported keying material of a DTLS association into the master keys and salts of both directions.</summary>
public static class SrtpKeyMaterial
{
    /// <summary>The exporter's label (RFC 5764 section 4.2).</summary>
    public const string ExporterLabel = "EXTRACTOR-dtls_srtp";

    /// <summary>Bytes in a master key, the same for both profiles.</summary>
    public const int KeyLength = 16;

    /// <summary>Bytes in the longest keying material of any profile.</summary>
    public const int MaxLength = 2 * (KeyLength + 14);

    /// <summary>Bytes in a master salt: 14 (RFC 5764 section 4.1.2) or 12 (RFC 7714 section 14.2).</summary>
    public static int SaltLengthOf(SrtpProfile profile) =>
        profile switch
        {
            SrtpProfile.AesCm128HmacSha1Tag80 => 14,
            SrtpProfile.AeadAes128Gcm => 12,
            _ => throw new ArgumentOutOfRangeException(nameof(profile), profile, "Not a profile with keys."),
        };

    /// <summary>Bytes to ask the exporter for: 60 or 56.</summary>
    public static int LengthOf(SrtpProfile profile) => 2 * (KeyLength + SaltLengthOf(profile));

    /// <summary>The key that protects what the DTLS client sends.</summary>
    /// <param name="profile">What use_srtp agreed on.</param>
    /// <param name="material">What the exporter gave, <see cref="LengthOf"/> bytes; the result is a part of it.</param>
    public static ReadOnlySpan<byte> ClientKey(SrtpProfile profile, ReadOnlySpan<byte> material) =>
        Whole(profile, material)[..KeyLength];

    /// <summary>The key that protects what the DTLS server sends.</summary>
    /// <inheritdoc cref="ClientKey"/>
    public static ReadOnlySpan<byte> ServerKey(SrtpProfile profile, ReadOnlySpan<byte> material) =>
        Whole(profile, material).Slice(KeyLength, KeyLength);

    /// <summary>The salt for what the DTLS client sends.</summary>
    /// <inheritdoc cref="ClientKey"/>
    public static ReadOnlySpan<byte> ClientSalt(SrtpProfile profile, ReadOnlySpan<byte> material) =>
        Whole(profile, material).Slice(2 * KeyLength, SaltLengthOf(profile));

    /// <summary>The salt for what the DTLS server sends.</summary>
    /// <inheritdoc cref="ClientKey"/>
    public static ReadOnlySpan<byte> ServerSalt(SrtpProfile profile, ReadOnlySpan<byte> material) =>
        Whole(profile, material)[((2 * KeyLength) + SaltLengthOf(profile))..];

    private static ReadOnlySpan<byte> Whole(SrtpProfile profile, ReadOnlySpan<byte> material)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(material.Length, LengthOf(profile), nameof(material));
        return material;
    }
}
