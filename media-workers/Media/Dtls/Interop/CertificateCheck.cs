using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace EventMeet.Media.Dtls.Interop;

/// <summary>
/// Replaces OpenSSL's chain verification: a self-signed certificate is trusted because its fingerprint stands in the SDP
/// (RFC 8122 section 5), whatever its names and dates are. A wrong one is answered with the alert bad_certificate.
/// </summary>
internal static unsafe class CertificateCheck
{
    /// <summary>Installs the check for all associations of a context.</summary>
    public static void Install(SslContextHandle context)
    {
        OpenSsl.SSL_CTX_set_verify(context, OpenSsl.VerifyPeerAndFailWithout, 0);
        OpenSsl.SSL_CTX_set_cert_verify_callback(context, &Verify, 0);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Verify(nint store, nint argument)
    {
        var ssl = OpenSsl.X509_STORE_CTX_get_ex_data(store, OpenSsl.SSL_get_ex_data_X509_STORE_CTX_idx());
        var port = ssl == 0 ? null : (DatagramPort*)OpenSsl.SSL_get_ex_data(ssl, DatagramPort.ExtraDataIndex);
        var certificate = OpenSsl.X509_STORE_CTX_get0_cert(store);
        if (port is not null && certificate != 0 && Matches(port, certificate))
        {
            return 1;
        }

        if (port is not null)
        {
            port->Mismatched = 1;
        }

        OpenSsl.X509_STORE_CTX_set_error(store, OpenSsl.CertificateRejected);
        return 0;
    }

    private static bool Matches(DatagramPort* port, nint certificate)
    {
        var hash = stackalloc byte[DatagramPort.MaxFingerprintLength];
        uint length = 0;
        var algorithm = port->Algorithm switch
        {
            DtlsFingerprintAlgorithm.Sha512 => OpenSsl.EVP_sha512(),
            DtlsFingerprintAlgorithm.Sha384 => OpenSsl.EVP_sha384(),
            _ => OpenSsl.EVP_sha256(),
        };
        return OpenSsl.X509_digest(certificate, algorithm, hash, &length) == 1
            && CryptographicOperations.FixedTimeEquals(
                new ReadOnlySpan<byte>(hash, (int)length),
                new ReadOnlySpan<byte>(port->Fingerprint, port->FingerprintLength)
            );
    }
}
