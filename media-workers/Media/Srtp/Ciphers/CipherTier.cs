using System.Runtime.Intrinsics.X86;

namespace EventMeet.Media.Srtp.Ciphers;

/// <summary>How the ciphers are computed. Chosen once, by what the processor has; workers log it.</summary>
public enum CipherTier
{
    /// <summary>OpenSSL, on any processor.</summary>
    OpenSsl,

    /// <summary>AES-NI and PCLMULQDQ: every x86 server since 2010.</summary>
    Narrow,

    /// <summary>AES-NI, and VPCLMULQDQ on 512-bit vectors: Ice Lake, Zen 4 and later.</summary>
    Wide,
}

/// <summary>What this processor can do.</summary>
public static class CipherTiers
{
    /// <summary>The fastest tier here.</summary>
    public static readonly CipherTier Best =
        IsSupported(CipherTier.Wide) ? CipherTier.Wide
        : IsSupported(CipherTier.Narrow) ? CipherTier.Narrow
        : CipherTier.OpenSsl;

    /// <summary>Can this processor run the tier?</summary>
    public static bool IsSupported(CipherTier tier) =>
        tier switch
        {
            CipherTier.Wide => IsSupported(CipherTier.Narrow) && Pclmulqdq.V512.IsSupported && Avx512BW.IsSupported,
            CipherTier.Narrow => Aes.IsSupported && Pclmulqdq.IsSupported && Ssse3.IsSupported,
            _ => true,
        };
}
