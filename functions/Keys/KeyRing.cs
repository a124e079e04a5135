using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using EventMeet.Contracts;
using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Keys;

/// <summary>
/// Makes secrets from master keys: HKDF-SHA256 (RFC 5869) of the master key with the purpose as its context. So no
/// secret is stored anywhere, a stolen table is worth nothing, and tokens signed by a tenant's own back end can be
/// verified all the same.
/// </summary>
/// <remarks>
/// To change the master key, make the old one the previous one: keys made under it go on working, new ones are made
/// under the new one. A key's row names its master key by the first half of its SHA-256.
/// </remarks>
internal sealed class KeyRing(IOptions<KeyOptions> options)
{
    public const int MasterKeyBytes = 32;
    private const int SecretBytes = 32;

    private readonly List<MasterKey> _masterKeys =
    [
        .. options.Value.ReadMasterKeys().Select(bytes => new MasterKey(NameOf(bytes), bytes)),
    ];

    /// <summary>Gets the name of the master key that new keys are made under.</summary>
    public string Current => _masterKeys[0].Name;

    /// <summary>Gets the secret of an API key: 32 bytes as 43 characters of base64url; null when its master key is gone.</summary>
    public string? SecretOf(ApiKeyId key, string masterKey) =>
        _masterKeys.Find(one => string.Equals(one.Name, masterKey, StringComparison.Ordinal)) is { Bytes: { } bytes }
            ? Base64Url.EncodeToString(Derive(bytes, "eventmeet api key " + key.Value))
            : null;

    /// <summary>Gets a 256-bit secret for a purpose; null when its master key is gone.</summary>
    /// <param name="masterKey">The name of the master key.</param>
    /// <param name="purpose">What it is for; every purpose has a secret of its own.</param>
    public byte[]? SecretFor(string masterKey, string purpose) =>
        _masterKeys.Find(one => string.Equals(one.Name, masterKey, StringComparison.Ordinal)) is { Bytes: { } bytes }
            ? Derive(bytes, "eventmeet " + purpose)
            : null;

    /// <summary>Gets a 256-bit key for sealing what must be stored for a while.</summary>
    /// <param name="purpose">What it seals.</param>
    public byte[] SealingKey(string purpose) => Derive(_masterKeys[0].Bytes, "eventmeet seal " + purpose);

    private static byte[] Derive(byte[] masterKey, string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, masterKey, SecretBytes, info: Encoding.UTF8.GetBytes(purpose));

    private static string NameOf(byte[] masterKey) =>
        Convert.ToHexStringLower(SHA256.HashData(masterKey).AsSpan(0, 16));

    private readonly record struct MasterKey(string Name, byte[] Bytes);
}
