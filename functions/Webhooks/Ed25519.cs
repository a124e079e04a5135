using System.Security.Cryptography;
using EventMeet.Functions.Webhooks.Interop;

namespace EventMeet.Functions.Webhooks;

/// <summary>Signs with Ed25519 (RFC 8032 section 5.1). A private key is its 32-byte seed.</summary>
internal static unsafe class Ed25519
{
    public const int SeedBytes = 32;
    public const int PublicKeyBytes = 32;
    public const int SignatureBytes = 64;

    /// <summary>Gets the public key.</summary>
    /// <param name="seed">32 bytes.</param>
    public static byte[] PublicKeyOf(ReadOnlySpan<byte> seed)
    {
        using var key = Load(seed);
        var publicKey = new byte[PublicKeyBytes];
        nuint length = PublicKeyBytes;
        fixed (byte* output = publicKey)
        {
            Check(LibCrypto.EVP_PKEY_get_raw_public_key(key, output, &length));
        }

        return publicKey;
    }

    /// <summary>Signs a message.</summary>
    /// <param name="seed">32 bytes.</param>
    /// <param name="message">Any length.</param>
    /// <returns>64 bytes.</returns>
    public static byte[] Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> message)
    {
        using var key = Load(seed);
        using var context = LibCrypto.EVP_MD_CTX_new();
        Check(context.IsInvalid ? 0 : 1);
        Check(LibCrypto.EVP_DigestSignInit(context, 0, 0, 0, key));
        var signature = new byte[SignatureBytes];
        nuint length = SignatureBytes;
        fixed (
            byte* output = signature,
                input = message
        )
        {
            byte nothing = 0; // OpenSSL refuses a null message, even an empty one
            var from = input is null ? &nothing : input;
            Check(LibCrypto.EVP_DigestSign(context, output, &length, from, (nuint)message.Length));
        }

        return signature;
    }

    private static KeyHandle Load(ReadOnlySpan<byte> seed)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, SeedBytes, nameof(seed));
        fixed (byte* bytes = seed)
        {
            var key = LibCrypto.EVP_PKEY_new_raw_private_key(LibCrypto.Ed25519, 0, bytes, SeedBytes);
            Check(key.IsInvalid ? 0 : 1);
            return key;
        }
    }

    private static void Check(int result)
    {
        if (result != 1)
        {
            throw new CryptographicException("OpenSSL could not sign with Ed25519.");
        }
    }
}
