using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using EventMeet.Media.Srtp.Ciphers;

namespace EventMeet.Media.Srtp;

/*  RFC 3711 section 4.3.1, with a key derivation rate of zero:

    IV = (master salt, 14 bytes XOR label at byte 7) followed by two bytes that count blocks
    session key = the first bytes of the AES-CM key stream under the master key

    RFC 7714 section 11: a 12-byte salt is followed by two zero bytes.
*/

/// <summary>Makes session keys and salts out of a master key and a master salt.</summary>
internal sealed class SrtpKeyDerivation : IDisposable
{
    /// <summary>Bytes in the longest salt.</summary>
    public const int MaxSaltLength = 14;

    private const int BlockLength = 16; // bytes
    private const int LabelByte = 7;

    private readonly CounterModeKey _master;
    private readonly byte[] _iv = new byte[BlockLength];

    public SrtpKeyDerivation(CipherTier tier, ReadOnlySpan<byte> masterKey, ReadOnlySpan<byte> masterSalt)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(masterSalt.Length, MaxSaltLength, nameof(masterSalt));
        _master = CounterModeKey.Create(tier, masterKey);
        masterSalt.CopyTo(_iv);
    }

    /// <summary>Fills a session key or salt.</summary>
    public void Derive(SrtpKeyLabel label, Span<byte> result)
    {
        result.Clear();
        _iv[LabelByte] ^= (byte)label;
        _master.Apply(Vector128.Create(_iv), result, result.Length, []);
        _iv[LabelByte] ^= (byte)label;
    }

    /// <summary>Wipes the master key.</summary>
    public void Dispose()
    {
        _master.Dispose();
        CryptographicOperations.ZeroMemory(_iv);
    }
}
