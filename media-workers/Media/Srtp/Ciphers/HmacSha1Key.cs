using System.Buffers.Binary;
using System.Security.Cryptography;
using EventMeet.Media.Srtp.Interop;

namespace EventMeet.Media.Srtp.Ciphers;

/// <summary>
/// HMAC-SHA1 under one key, cut to 80 bits (RFC 3711 section 4.2.1). The two blocks that hold the key are hashed once;
/// a packet starts from copies of those states.
/// </summary>
internal sealed unsafe class HmacSha1Key : IDisposable
{
    /// <summary>Bytes in a tag.</summary>
    public const int TagLength = 10;

    /// <summary>Bytes in a key (RFC 3711 section 5.2).</summary>
    public const int KeyLength = 20;

    private const int BlockLength = 64; // bytes, FIPS 180-4
    private const int DigestLength = DigestWords * sizeof(uint); // bytes
    private const int DigestWords = 5;

    private readonly KeyMemory _memory = new(3 * sizeof(LibCrypto.Sha1State));

    // Only to be asked for: the memory may have been freed.
    private readonly byte* _states;

    public HmacSha1Key(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeyLength, nameof(key));
        _states = _memory.Pointer;
        StartState(Inner, key, 0x36);
        StartState(Outer, key, 0x5c);
    }

    private LibCrypto.Sha1State* Inner => (LibCrypto.Sha1State*)_memory.Pointer;

    private LibCrypto.Sha1State* Outer => Inner + 1;

    private LibCrypto.Sha1State* Working => Inner + 2;

    /// <summary>Computes a tag.</summary>
    /// <param name="authenticated">The packet up to its tag.</param>
    /// <param name="trailer">A word that is authenticated after it: rollover counter, or E flag and SRTCP index.</param>
    /// <param name="tag">10 bytes.</param>
    public void Tag(ReadOnlySpan<byte> authenticated, uint trailer, Span<byte> tag)
    {
        ObjectDisposedException.ThrowIf(_memory.IsClosed, this);
        var wireTrailer = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(trailer) : trailer;
        var digest = stackalloc byte[DigestLength];
        fixed (byte* bytes = authenticated)
        {
            *Working = *Inner;
            _ = LibCrypto.Sha1Update(Working, bytes, (nuint)authenticated.Length);
            _ = LibCrypto.Sha1Update(Working, (byte*)&wireTrailer, sizeof(uint));
            _ = LibCrypto.Sha1Finish(digest, Working);
            *Working = *Outer;
            _ = LibCrypto.Sha1Update(Working, digest, DigestLength);
            _ = LibCrypto.Sha1Finish(digest, Working);
        }

        new ReadOnlySpan<byte>(digest, TagLength).CopyTo(tag);
    }

    /// <summary>Is this the tag? Takes the same time whatever the answer.</summary>
    /// <inheritdoc cref="Tag"/>
    public bool IsTag(ReadOnlySpan<byte> authenticated, uint trailer, ReadOnlySpan<byte> tag)
    {
        Span<byte> right = stackalloc byte[TagLength];
        Tag(authenticated, trailer, right);
        return CryptographicOperations.FixedTimeEquals(right, tag);
    }

    /// <summary>Asks for the key, so that it is in the processor's cache when it is needed.</summary>
    public void Warm() => KeyMemory.Prefetch(_states, 2 * sizeof(LibCrypto.Sha1State));

    /// <summary>Writes the states that a packet's inner and outer hash begin with, for hashing in lanes.</summary>
    /// <param name="inner">Room for five words, <paramref name="stride"/> words apart.</param>
    /// <param name="outer">The same.</param>
    /// <param name="stride">Words.</param>
    public void CopyStates(uint* inner, uint* outer, int stride)
    {
        ObjectDisposedException.ThrowIf(_memory.IsClosed, this);
        for (var word = 0; word < DigestWords; word++)
        {
            inner[word * stride] = Inner->Digest[word];
            outer[word * stride] = Outer->Digest[word];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private static void StartState(LibCrypto.Sha1State* state, ReadOnlySpan<byte> key, byte pad)
    {
        var block = stackalloc byte[BlockLength];
        for (var i = 0; i < BlockLength; i++)
        {
            block[i] = (byte)(i < key.Length ? key[i] ^ pad : pad);
        }

        _ = LibCrypto.Sha1Initialize(state);
        _ = LibCrypto.Sha1Update(state, block, BlockLength);
        CryptographicOperations.ZeroMemory(new Span<byte>(block, BlockLength));
    }
}
