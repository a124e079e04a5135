using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EventMeet.Media.Dtls;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Dtls;

public sealed class DtlsFingerprintTests
{
    [Fact]
    public void Writes_and_reads_the_form_of_sdp()
    {
        var fingerprint = Identities.Server.Fingerprint;
        Assert.Matches("^sha-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$", fingerprint.ToString());
        Assert.True(
            DtlsFingerprint.TryParse("SHA-256", fingerprint.Value.ToLowerInvariant(), out var read)
                && read.Equals(fingerprint)
        );
        Assert.NotEqual(fingerprint, Identities.Client.Fingerprint);
    }

    [Theory]
    [InlineData("sha-1", 20)]
    [InlineData("md5", 16)]
    [InlineData("sha-256", 31)]
    [InlineData("sha-256", 33)]
    [InlineData("sha-512", 32)]
    public void Refuses_weak_hashes_and_wrong_lengths(string algorithm, int length) =>
        Assert.False(DtlsFingerprint.TryParse(algorithm, string.Join(':', Enumerable.Repeat("AB", length)), out _));

    [Property]
    public bool Never_throws_whatever_the_text_is(string? value) =>
        !DtlsFingerprint.TryParse("sha-256", value ?? "", out _)
        && !DtlsFingerprint.TryParse("sha-256", (value ?? "").PadRight(95, ':')[..95], out _);

    [Fact]
    public void An_identity_loads_from_pem()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=worker", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(Identities.NotBefore, Identities.NotBefore.AddDays(1));
        using var identity = DtlsIdentity.FromPem(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
        Assert.Equal(DtlsFingerprint.OfCertificate(certificate.RawData), identity.Fingerprint);
        Assert.Equal(Identities.NotBefore.AddDays(1), identity.NotAfter);
    }
}
