using System.Runtime.Intrinsics;

namespace EventMeet.Media.Srtp.Ciphers;

/// <summary>AES-128 in counter mode under one key: AES-CM of RFC 3711 section 4.1.1.</summary>
internal abstract class CounterModeKey : IDisposable
{
    /// <summary>Expands a key.</summary>
    /// <param name="tier">One that the processor supports.</param>
    /// <param name="key">16 bytes.</param>
    public static CounterModeKey Create(CipherTier tier, ReadOnlySpan<byte> key) =>
        tier is CipherTier.OpenSsl
            ? new OpenSslCounterModeKey(key)
            : new IntrinsicCounterModeKey(key, tier is CipherTier.Wide);

    /// <summary>Asks for the key, so that it is in the processor's cache when it is needed.</summary>
    public virtual void Warm() { }

    /// <summary>Adds the key stream: encrypts plaintext, decrypts ciphertext.</summary>
    /// <param name="iv">The first counter block; its last 16 bits count blocks.</param>
    /// <param name="text">Begins with the prefix; is filled to its end.</param>
    /// <param name="prefixLength">Bytes that <paramref name="text"/> holds already.</param>
    /// <param name="rest">What follows the prefix; does not overlap <paramref name="text"/>.</param>
    public abstract void Apply(Vector128<byte> iv, Span<byte> text, int prefixLength, ReadOnlySpan<byte> rest);

    /// <summary>Wipes the key.</summary>
    public abstract void Dispose();
}
