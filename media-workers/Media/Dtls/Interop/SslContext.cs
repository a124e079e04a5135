using System.Security.Cryptography;
using EventMeet.Media.Srtp;

namespace EventMeet.Media.Dtls.Interop;

/// <summary>Makes the SSL_CTX that all associations of one certificate share, server's and client's.</summary>
internal static unsafe class SslContext
{
    // RFC 8827 section 6.5 asks for the first; RSA is for peers whose own certificate is RSA. All are AEAD with ECDHE.
    private const string Ciphers =
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:"
        + "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305";

    private const string GcmProfile = "SRTP_AEAD_AES_128_GCM";
    private const string CounterModeProfile = "SRTP_AES128_CM_SHA1_80";

    // A self-signed certificate has 300 to 2,000 bytes; a chain sent by mistake fits as well.
    private const int MaxCertificateListLength = 16_384;

    // OpenSSL sizes its write buffer by this and never checks a DTLS record against it: ours are at most an MTU long.
    private const int MaxSendFragment = 2048;

    /// <summary>Makes a context.</summary>
    /// <param name="certificate">The certificate in DER.</param>
    /// <param name="privateKey">Its private key in DER (PKCS #8).</param>
    /// <param name="only">The only SRTP profile to offer or take; none for all of ours, the best first.</param>
    public static SslContextHandle Create(
        ReadOnlySpan<byte> certificate,
        ReadOnlySpan<byte> privateKey,
        SrtpProfile only = SrtpProfile.None
    )
    {
        OpenSsl.ERR_clear_error();
        var context = OpenSsl.SSL_CTX_new(OpenSsl.DTLS_method());
        Require(!context.IsInvalid, "context");
        UseCertificate(context, certificate, privateKey);
        _ = OpenSsl.SSL_CTX_set_options(
            context,
            OpenSsl.OptionNoQueryMtu
                | OpenSsl.OptionNoTicket
                | OpenSsl.OptionNoCompression
                | OpenSsl.OptionServerPreference
                | OpenSsl.OptionNoRenegotiation
        );
        Require(Control(context, OpenSsl.ControlSetMinVersion, OpenSsl.Dtls12) == 1, "minimal version");
        Require(Control(context, OpenSsl.ControlSetMaxVersion, OpenSsl.Dtls12) == 1, "maximal version");
        Require(Control(context, OpenSsl.ControlSetMaxSendFragment, MaxSendFragment) == 1, "fragment length");
        _ = Control(context, OpenSsl.ControlSetSessionCacheMode, 0);
        _ = Control(context, OpenSsl.ControlSetMaxCertificateList, MaxCertificateListLength);
        fixed (byte* groups = "X25519:P-256:P-384\0"u8)
        {
            Require(OpenSsl.SSL_CTX_ctrl(context, OpenSsl.ControlSetGroupsList, 0, groups) == 1, "groups");
        }

        Require(OpenSsl.SSL_CTX_set_cipher_list(context, Ciphers) == 1, "cipher suites");
        var profiles = only switch
        {
            SrtpProfile.AeadAes128Gcm => GcmProfile,
            SrtpProfile.None => $"{GcmProfile}:{CounterModeProfile}",
            _ => CounterModeProfile,
        };
        Require(OpenSsl.SSL_CTX_set_tlsext_use_srtp(context, profiles) == 0, nameof(SrtpProfile));
        CertificateCheck.Install(context);
        return context;
    }

    private static void UseCertificate(
        SslContextHandle context,
        ReadOnlySpan<byte> certificate,
        ReadOnlySpan<byte> privateKey
    )
    {
        fixed (byte* der = certificate)
        {
            Require(OpenSsl.SSL_CTX_use_certificate_ASN1(context, certificate.Length, der) == 1, "certificate");
        }

        fixed (byte* der = privateKey)
        {
            var position = der;
            var key = OpenSsl.d2i_AutoPrivateKey(0, &position, privateKey.Length);
            Require(key != 0, "private key");
            var used = OpenSsl.SSL_CTX_use_PrivateKey(context, key);
            OpenSsl.EVP_PKEY_free(key);
            Require(used == 1, "private key");
        }
    }

    private static nint Control(SslContextHandle context, int command, int number) =>
        OpenSsl.SSL_CTX_ctrl(context, command, number, null);

    private static void Require(bool succeeded, string what)
    {
        if (!succeeded)
        {
            throw new CryptographicException($"OpenSSL refused the {what}.");
        }
    }
}
