using System.Runtime.Intrinsics;

namespace EventMeet.Media.Srtp.Ciphers;

/// <summary>AES-128-GCM under one key (NIST SP 800-38D) with a 96-bit nonce and a 128-bit tag.</summary>
internal abstract class GcmKey : IDisposable
{
    /// <summary>Bytes in a tag.</summary>
    public const int TagLength = 16;

    /// <summary>Expands a key.</summary>
    /// <param name="tier">One that the processor supports.</param>
    /// <param name="key">16 bytes.</param>
    public static GcmKey Create(CipherTier tier, ReadOnlySpan<byte> key) =>
        tier is CipherTier.OpenSsl ? new OpenSslGcmKey(key) : new IntrinsicGcmKey(key, tier is CipherTier.Wide);

    /// <summary>Asks for the key, so that it is in the processor's cache when it is needed.</summary>
    public virtual void Warm() { }

    /// <summary>Encrypts and authenticates. Never twice under one nonce, unless nothing at all has changed.</summary>
    /// <param name="nonce">In the first 12 bytes; the other 4 are zero.</param>
    /// <param name="associated">What is authenticated and stays clear.</param>
    /// <param name="body">Begins with the prefix in plaintext; filled to its end with ciphertext and tag.</param>
    /// <param name="prefixLength">Bytes of plaintext that <paramref name="body"/> holds already.</param>
    /// <param name="rest">The plaintext after the prefix; does not overlap <paramref name="body"/>.</param>
    public abstract void Seal(
        Vector128<byte> nonce,
        ReadOnlySpan<byte> associated,
        Span<byte> body,
        int prefixLength,
        ReadOnlySpan<byte> rest
    );

    /// <summary>Decrypts in place when the tag is right, else leaves <paramref name="body"/> as it was.</summary>
    /// <param name="nonce">In the first 12 bytes; the other 4 are zero.</param>
    /// <param name="associated">What is authenticated and was sent clear.</param>
    /// <param name="body">Ciphertext and tag.</param>
    public abstract bool TryOpen(Vector128<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> body);

    /// <summary>Wipes the key.</summary>
    public abstract void Dispose();
}
