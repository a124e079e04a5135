using System.Security.Cryptography;

namespace EventMeet.Media.Dtls.Interop;

/// <summary>
/// AES-128-GCM or ChaCha20-Poly1305 of OpenSSL for one key and direction. The framework's own classes throw at a tag
/// that does not match, which is what anybody can send.
/// </summary>
internal sealed unsafe class AeadCipher : IDisposable
{
    /// <summary>The length of a nonce in bytes.</summary>
    public const int NonceLength = 12;

    /// <summary>The length of a tag in bytes.</summary>
    public const int TagLength = 16;

    private const int ControlGetTag = 0x10;
    private const int ControlSetTag = 0x11;
    private const int KeepDirection = -1;

    private readonly CipherContextHandle _context;

    /// <summary>Initializes a new instance of the <see cref="AeadCipher"/> class.</summary>
    /// <param name="isGcm">AES-128-GCM with a key of 16 bytes, else ChaCha20-Poly1305 with one of 32.</param>
    /// <param name="key">The key.</param>
    /// <param name="encrypts">The direction.</param>
    public AeadCipher(bool isGcm, ReadOnlySpan<byte> key, bool encrypts)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, isGcm ? 16 : 32, nameof(key));
        _context = OpenSsl.EVP_CIPHER_CTX_new();
        var cipher = isGcm ? OpenSsl.EVP_aes_128_gcm() : OpenSsl.EVP_chacha20_poly1305();
        fixed (byte* pointer = key)
        {
            if (OpenSsl.EVP_CipherInit_ex(_context, cipher, 0, pointer, null, encrypts ? 1 : 0) != 1)
            {
                throw new CryptographicException("OpenSSL refused a record key.");
            }
        }
    }

    /// <summary>Encrypts; the ciphertext is as long as the plaintext.</summary>
    public void Seal(
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> additional,
        ReadOnlySpan<byte> plaintext,
        Span<byte> ciphertext,
        Span<byte> tag
    )
    {
        Process(nonce, additional, plaintext, ciphertext);
        fixed (byte* target = tag)
        {
            int length;
            _ = OpenSsl.EVP_CipherFinal_ex(_context, target, &length);
            _ = OpenSsl.EVP_CIPHER_CTX_ctrl(_context, ControlGetTag, TagLength, target);
        }
    }

    /// <summary>Decrypts; false, and the plaintext wiped, when the tag does not match.</summary>
    public bool TryOpen(
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> additional,
        ReadOnlySpan<byte> ciphertext,
        ReadOnlySpan<byte> tag,
        Span<byte> plaintext
    )
    {
        Process(nonce, additional, ciphertext, plaintext);
        var expected = stackalloc byte[TagLength];
        tag[..TagLength].CopyTo(new(expected, TagLength));
        int length;
        var matches =
            OpenSsl.EVP_CIPHER_CTX_ctrl(_context, ControlSetTag, TagLength, expected) == 1
            && OpenSsl.EVP_CipherFinal_ex(_context, expected, &length) == 1;
        if (!matches)
        {
            OpenSsl.ERR_clear_error();
            CryptographicOperations.ZeroMemory(plaintext);
        }

        return matches;
    }

    /// <inheritdoc/>
    public void Dispose() => _context.Dispose();

    private void Process(
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> additional,
        ReadOnlySpan<byte> input,
        Span<byte> output
    )
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, NonceLength, nameof(nonce));
        ArgumentOutOfRangeException.ThrowIfNotEqual(output.Length, input.Length, nameof(output));
        fixed (byte* iv = nonce)
        {
            fixed (byte* covered = additional)
            {
                fixed (byte* source = input)
                {
                    fixed (byte* target = output)
                    {
                        int length;
                        _ = OpenSsl.EVP_CipherInit_ex(_context, 0, 0, null, iv, KeepDirection);
                        _ = OpenSsl.EVP_CipherUpdate(_context, null, &length, covered, additional.Length);
                        if (!input.IsEmpty)
                        {
                            _ = OpenSsl.EVP_CipherUpdate(_context, target, &length, source, input.Length);
                        }
                    }
                }
            }
        }
    }
}
