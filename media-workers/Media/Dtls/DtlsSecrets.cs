using System.Security.Cryptography;

namespace EventMeet.Media.Dtls;

/*  RFC 5246 section 6.3, AEAD suites have no MAC keys:

    key_block = PRF(master_secret, "key expansion", server_random + client_random)
              = | client_write_key | server_write_key | client_write_IV | server_write_IV |                              */

/// <summary>What the handshake agreed on, from which the record keys are made; wiped when it leaves scope.</summary>
internal ref struct DtlsSecrets
{
    /// <summary>The length of a master secret in bytes.</summary>
    public const int MasterSecretLength = 48;

    /// <summary>The length of a random in bytes.</summary>
    public const int RandomLength = 32;

    private const int MaxKeyBlockLength = 2 * (DtlsAead.MaxKeyLength + DtlsAead.MaxIvLength);

    /// <summary>The suite.</summary>
    public DtlsCipherSuite Suite;

    /// <summary>The master secret.</summary>
    public Span<byte> MasterSecret;

    /// <summary>The server's random, then the client's.</summary>
    public Span<byte> Randoms;

    /// <summary>Makes the AEAD for what one end writes.</summary>
    public readonly DtlsAead Derive(DtlsRole writer, bool encrypts)
    {
        var (keyLength, ivLength) = DtlsAead.LengthsOf(Suite);
        Span<byte> whole = stackalloc byte[MaxKeyBlockLength];
        var block = whole[..(2 * (keyLength + ivLength))];
        Expand(MasterSecret, "key expansion"u8, Randoms, block);
        var index = writer == DtlsRole.Client ? 0 : 1;
        var iv = block.Slice((2 * keyLength) + (index * ivLength), ivLength);
        var aead = new DtlsAead(Suite, block.Slice(index * keyLength, keyLength), iv, encrypts);
        CryptographicOperations.ZeroMemory(whole);
        return aead;
    }

    /// <summary>Wipes them.</summary>
    public readonly void Wipe() => CryptographicOperations.ZeroMemory(MasterSecret);

    /// <summary>P_SHA256 of RFC 5246 section 5.</summary>
    internal static void Expand(
        ReadOnlySpan<byte> secret,
        ReadOnlySpan<byte> label,
        ReadOnlySpan<byte> seed,
        Span<byte> destination
    )
    {
        const int HashLength = HMACSHA256.HashSizeInBytes;

        // A(i) | label | seed, where A(0) is label | seed and A(i) the HMAC of A(i - 1).
        Span<byte> input = stackalloc byte[HashLength + label.Length + seed.Length];
        label.CopyTo(input[HashLength..]);
        seed.CopyTo(input[(HashLength + label.Length)..]);
        Span<byte> hash = stackalloc byte[HashLength];
        _ = HMACSHA256.HashData(secret, input[HashLength..], hash);
        while (!destination.IsEmpty)
        {
            hash.CopyTo(input);
            _ = HMACSHA256.HashData(secret, input, hash);
            var length = Math.Min(HashLength, destination.Length);
            hash[..length].CopyTo(destination);
            destination = destination[length..];
            _ = HMACSHA256.HashData(secret, input[..HashLength], hash);
        }

        CryptographicOperations.ZeroMemory(hash);
        CryptographicOperations.ZeroMemory(input);
    }
}
