namespace EventMeet.Media.Dtls;

/// <summary>The hash of an a=fingerprint; its value is its length in bytes.</summary>
public enum DtlsFingerprintAlgorithm
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>SHA-256, what everybody uses.</summary>
    Sha256 = 32,

    /// <summary>SHA-384.</summary>
    Sha384 = 48,

    /// <summary>SHA-512.</summary>
    Sha512 = 64,
}
