using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EventMeet.Media.Dtls.Interop;
using EventMeet.Media.Srtp;

namespace EventMeet.Media.Dtls;

/// <summary>
/// A certificate with its private key, and the OpenSSL context that its associations share; safe to share between
/// shards. To rotate it, use a new one for new associations; the old one's live on after it is disposed.
/// </summary>
public sealed class DtlsIdentity : IDisposable
{
    private const int SerialNumberLength = 16;

    private DtlsIdentity(byte[] certificate, ReadOnlySpan<byte> privateKey, DateTimeOffset notAfter, SrtpProfile only)
    {
        Context = SslContext.Create(certificate, privateKey, only);
        Fingerprint = DtlsFingerprint.OfCertificate(certificate);
        NotAfter = notAfter;
    }

    /// <summary>Gets the SHA-256 fingerprint for the SDP.</summary>
    public DtlsFingerprint Fingerprint { get; }

    /// <summary>Gets when the certificate ends; rotate before.</summary>
    public DateTimeOffset NotAfter { get; }

    internal SslContextHandle Context { get; }

    /// <summary>Makes a self-signed ECDSA P-256 certificate with nothing in it that identifies anybody.</summary>
    /// <param name="notBefore">From when; set it back a day, for peers whose clock is late.</param>
    /// <param name="notAfter">Until when; RFC 8827 section 6.5 recommends at most 30 days.</param>
    public static DtlsIdentity Create(DateTimeOffset notBefore, DateTimeOffset notAfter) =>
        Create(notBefore, notAfter, SrtpProfile.None);

    /// <summary>The same for a client that offers one SRTP profile alone.</summary>
    /// <param name="notBefore">From when.</param>
    /// <param name="notAfter">Until when.</param>
    /// <param name="only">The profile; none for all of ours.</param>
    internal static DtlsIdentity Create(DateTimeOffset notBefore, DateTimeOffset notAfter, SrtpProfile only)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=WebRTC", key, HashAlgorithmName.SHA256);
        Span<byte> serialNumber = stackalloc byte[SerialNumberLength];
        RandomNumberGenerator.Fill(serialNumber);
        serialNumber[0] = (byte)((serialNumber[0] & 0x7F) | 0x40); // RFC 5280 section 4.1.2.2: positive
        using var certificate = request.Create(
            request.SubjectName,
            X509SignatureGenerator.CreateForECDsa(key),
            notBefore,
            notAfter,
            serialNumber
        );
        return Load(certificate.RawData, key.ExportPkcs8PrivateKey(), notAfter, only);
    }

    /// <summary>Loads a certificate and its private key, in PEM.</summary>
    /// <exception cref="CryptographicException">They are malformed or do not belong together.</exception>
    public static DtlsIdentity FromPem(string certificate, string privateKey)
    {
        using var loaded = X509Certificate2.CreateFromPem(certificate, privateKey);
        using AsymmetricAlgorithm key =
            loaded.GetECDsaPrivateKey() as AsymmetricAlgorithm
            ?? loaded.GetRSAPrivateKey()
            ?? throw new CryptographicException("Neither an ECDSA nor an RSA key.");
        var notAfter = new DateTimeOffset(loaded.NotAfter.ToUniversalTime());
        return Load(loaded.RawData, key.ExportPkcs8PrivateKey(), notAfter, SrtpProfile.None);
    }

    /// <inheritdoc/>
    public void Dispose() => Context.Dispose();

    private static DtlsIdentity Load(byte[] certificate, byte[] privateKey, DateTimeOffset notAfter, SrtpProfile only)
    {
        try
        {
            return new(certificate, privateKey, notAfter, only);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(privateKey);
        }
    }
}
