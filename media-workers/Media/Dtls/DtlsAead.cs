using System.Buffers.Binary;
using System.Security.Cryptography;
using EventMeet.Media.Dtls.Interop;

namespace EventMeet.Media.Dtls;

/*  RFC 5288 section 3, AES-GCM:           nonce = | IV (32) | explicit nonce (64), at the head of the record |
    RFC 7905 section 2, ChaCha20-Poly1305: nonce = IV (96) XOR | 0 (32) | epoch and sequence number (64) |
    RFC 5246 section 6.2.3.3:              additional data = | epoch and number (64) | type (8) | version (16) | length (16) |
*/

/// <summary>Protects the records of one direction and epoch.</summary>
internal sealed class DtlsAead : IDisposable
{
    /// <summary>The longest key in bytes.</summary>
    public const int MaxKeyLength = 32;

    /// <summary>The longest IV in bytes.</summary>
    public const int MaxIvLength = NonceLength;

    /// <summary>The length of a tag in bytes.</summary>
    public const int TagLength = AeadCipher.TagLength;

    private const int NonceLength = AeadCipher.NonceLength;
    private const int GcmIvLength = 4;

    private readonly AeadCipher _cipher;
    private readonly byte[] _iv;

    /// <summary>Initializes a new instance of the <see cref="DtlsAead"/> class.</summary>
    public DtlsAead(DtlsCipherSuite suite, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, bool encrypts)
    {
        _iv = iv.ToArray();
        _cipher = new(IsGcm(suite), key, encrypts);
    }

    /// <summary>Gets how many bytes stand before the ciphertext: the explicit nonce.</summary>
    public int ExplicitNonceLength => NonceLength - _iv.Length;

    /// <summary>The lengths of a suite's key and IV in bytes.</summary>
    public static (int Key, int Iv) LengthsOf(DtlsCipherSuite suite) =>
        IsGcm(suite) ? (16, GcmIvLength) : (MaxKeyLength, MaxIvLength);

    /// <summary>Encrypts a fragment.</summary>
    /// <param name="header">The record's header; its length field is not read.</param>
    /// <param name="plaintext">The fragment.</param>
    /// <param name="fragment">Takes explicit nonce, ciphertext and tag.</param>
    public void Seal(ReadOnlySpan<byte> header, ReadOnlySpan<byte> plaintext, Span<byte> fragment)
    {
        // A sequence number occurs once per key, so it serves as the explicit nonce (RFC 5288 section 3). OpenSSL gave its
        // one record, our first Finished, a random one: the chance that a number of ours equals it is 2^-64 per record.
        DtlsRecord.NumberWithEpoch(header)[..ExplicitNonceLength].CopyTo(fragment);
        Span<byte> nonce = stackalloc byte[NonceLength];
        Span<byte> additional = stackalloc byte[DtlsRecord.HeaderLength];
        Prepare(header, fragment, plaintext.Length, nonce, additional);
        var ciphertext = fragment.Slice(ExplicitNonceLength, plaintext.Length);
        var tag = fragment.Slice(ExplicitNonceLength + plaintext.Length, TagLength);
        _cipher.Seal(nonce, additional, plaintext, ciphertext, tag);
    }

    /// <summary>Decrypts a fragment; false when its tag does not match.</summary>
    /// <param name="header">The record's header.</param>
    /// <param name="fragment">Explicit nonce, ciphertext and tag.</param>
    /// <param name="plaintext">Takes the fragment's plaintext.</param>
    /// <param name="length">How long it is.</param>
    public bool TryOpen(ReadOnlySpan<byte> header, ReadOnlySpan<byte> fragment, Span<byte> plaintext, out int length)
    {
        length = fragment.Length - ExplicitNonceLength - TagLength;
        if (length < 0 || length > plaintext.Length)
        {
            length = 0;
            return false;
        }

        Span<byte> nonce = stackalloc byte[NonceLength];
        Span<byte> additional = stackalloc byte[DtlsRecord.HeaderLength];
        Prepare(header, fragment, length, nonce, additional);
        var ciphertext = fragment.Slice(ExplicitNonceLength, length);
        return _cipher.TryOpen(nonce, additional, ciphertext, fragment[^TagLength..], plaintext[..length]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cipher.Dispose();
        CryptographicOperations.ZeroMemory(_iv);
    }

    private static bool IsGcm(DtlsCipherSuite suite) =>
        suite is DtlsCipherSuite.EcdsaAes128Gcm or DtlsCipherSuite.RsaAes128Gcm;

    private void Prepare(
        ReadOnlySpan<byte> header,
        ReadOnlySpan<byte> fragment,
        int plaintextLength,
        Span<byte> nonce,
        Span<byte> additional
    )
    {
        var number = DtlsRecord.NumberWithEpoch(header);
        nonce.Clear();
        _iv.CopyTo(nonce);
        if (_iv.Length == GcmIvLength)
        {
            fragment[..ExplicitNonceLength].CopyTo(nonce[GcmIvLength..]);
        }
        else
        {
            for (var index = 0; index < number.Length; index++)
            {
                nonce[NonceLength - number.Length + index] ^= number[index];
            }
        }

        number.CopyTo(additional);
        header[..3].CopyTo(additional[number.Length..]);
        BinaryPrimitives.WriteUInt16BigEndian(additional[(number.Length + 3)..], (ushort)plaintextLength);
    }
}
