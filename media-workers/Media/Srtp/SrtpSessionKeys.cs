using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace EventMeet.Media.Srtp;

/// <summary>What protects RTP, or RTCP, in one direction (RFC 3711 section 4.3), before any of it is expanded.</summary>
/// <param name="memory">Room for <see cref="Length"/> bytes.</param>
internal readonly ref struct SrtpSessionKeys(Span<byte> memory)
{
    /// <summary>Bytes that a key set takes.</summary>
    public const int Length = EncryptionLength + AuthenticationLength + BlockLength;

    private const int EncryptionLength = 16;
    private const int AuthenticationLength = 20;
    private const int BlockLength = 16;

    private readonly Span<byte> _memory = memory[..Length];

    /// <summary>Gets the AES key.</summary>
    public Span<byte> Encryption => _memory[..EncryptionLength];

    /// <summary>Gets the HMAC-SHA1 key, which AES-GCM does not use.</summary>
    public Span<byte> Authentication => _memory.Slice(EncryptionLength, AuthenticationLength);

    /// <summary>Gets the salt, with zeros after it up to a block.</summary>
    public Span<byte> Salt => _memory[^BlockLength..];

    /// <summary>Gets the salt as it is added to IVs.</summary>
    public Vector128<byte> SaltBlock => Vector128.Create<byte>(Salt);

    /// <summary>Wipes all.</summary>
    public void Clear() => CryptographicOperations.ZeroMemory(_memory);
}
