using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace EventMeet.Media.Dtls;

/*  RFC 8122 section 5:   a=fingerprint:sha-256 4A:AD:B9:B1:...   the hash of the certificate's DER, upper case             */

/// <summary>The hash of a certificate, as a=fingerprint carries it. MD2, MD5 and SHA-1 are not taken.</summary>
public sealed class DtlsFingerprint : IEquatable<DtlsFingerprint>
{
    private readonly byte[] _bytes;

    private DtlsFingerprint(DtlsFingerprintAlgorithm algorithm, byte[] bytes)
    {
        Algorithm = algorithm;
        _bytes = bytes;
    }

    /// <summary>Gets the hash function.</summary>
    public DtlsFingerprintAlgorithm Algorithm { get; }

    /// <summary>Gets the hash function's name in SDP.</summary>
    public string AlgorithmName =>
        Algorithm switch
        {
            DtlsFingerprintAlgorithm.Sha384 => "sha-384",
            DtlsFingerprintAlgorithm.Sha512 => "sha-512",
            _ => "sha-256",
        };

    /// <summary>Gets the hash in SDP's form: upper-case hexadecimal bytes with colons between them.</summary>
    public string Value => string.Join(':', _bytes.Select(value => value.ToString("X2", provider: null)));

    internal ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The SHA-256 fingerprint of a certificate in DER.</summary>
    public static DtlsFingerprint OfCertificate(ReadOnlySpan<byte> der) =>
        new(DtlsFingerprintAlgorithm.Sha256, SHA256.HashData(der));

    /// <summary>Reads the two words of a=fingerprint; either case is taken.</summary>
    public static bool TryParse(string algorithm, string value, [NotNullWhen(true)] out DtlsFingerprint? fingerprint)
    {
        fingerprint = null;
        DtlsFingerprintAlgorithm? known =
            algorithm.Equals("sha-256", StringComparison.OrdinalIgnoreCase) ? DtlsFingerprintAlgorithm.Sha256
            : algorithm.Equals("sha-384", StringComparison.OrdinalIgnoreCase) ? DtlsFingerprintAlgorithm.Sha384
            : algorithm.Equals("sha-512", StringComparison.OrdinalIgnoreCase) ? DtlsFingerprintAlgorithm.Sha512
            : null;
        if (known is not { } hash || value.Length != ((int)hash * 3) - 1)
        {
            return false;
        }

        var bytes = new byte[(int)hash];
        for (var index = 0; index < bytes.Length; index++)
        {
            var start = index * 3;
            var separated = index == 0 || value[start - 1] == ':';
            var status = Convert.FromHexString(value.AsSpan(start, 2), bytes.AsSpan(index), out _, out _);
            if (!separated || status != OperationStatus.Done)
            {
                return false;
            }
        }

        fingerprint = new(hash, bytes);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(DtlsFingerprint? other) =>
        other is not null && Algorithm == other.Algorithm && Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DtlsFingerprint);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(_bytes);

    /// <inheritdoc/>
    public override string ToString() => $"{AlgorithmName} {Value}";
}
