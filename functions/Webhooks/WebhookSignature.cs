using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EventMeet.Functions.Webhooks;

/// <summary>
/// Standard Webhooks 1.0.0, "Signature scheme": what is signed is <c>id.timestamp.body</c>; "v1," is HMAC-SHA256, "v1a,"
/// is Ed25519, both in base64. Pure.
/// </summary>
internal static class WebhookSignature
{
    public const string SecretPrefix = "whsec_";
    public const string PublicKeyPrefix = "whpk_";

    /// <summary>Gets the header webhook-signature: one signature of each kind per key, with spaces between.</summary>
    /// <param name="id">The event's id; the same for every attempt.</param>
    /// <param name="timestamp">When this attempt is made.</param>
    /// <param name="body">The bytes as they are sent.</param>
    /// <param name="keys">The keys that are valid now, the current one first.</param>
    public static string Sign(
        string id,
        DateTimeOffset timestamp,
        ReadOnlySpan<byte> body,
        IReadOnlyList<WebhookKeyPair> keys
    )
    {
        var prefix = string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp.ToUnixTimeSeconds()}.");
        byte[] signed = [.. Encoding.UTF8.GetBytes(prefix), .. body];
        var symmetric = keys.Select(key => "v1," + Convert.ToBase64String(HMACSHA256.HashData(key.Secret, signed)));
        var asymmetric = keys.Select(key => "v1a," + Convert.ToBase64String(Ed25519.Sign(key.Seed, signed)));
        return string.Join(' ', symmetric.Concat(asymmetric));
    }
}

/// <summary>The keys of one generation, in memory only.</summary>
/// <param name="Secret">For HMAC-SHA256: 32 bytes, known to the tenant too.</param>
/// <param name="Seed">For Ed25519: 32 bytes, known to nobody else.</param>
internal sealed record WebhookKeyPair(byte[] Secret, byte[] Seed)
{
    /// <summary>Gets the secret as the tenant's library wants it.</summary>
    public string SecretText => WebhookSignature.SecretPrefix + Convert.ToBase64String(Secret);

    /// <summary>Gets the public half of the Ed25519 key.</summary>
    public string PublicKeyText => WebhookSignature.PublicKeyPrefix + Convert.ToBase64String(Ed25519.PublicKeyOf(Seed));

    /// <inheritdoc/>
    public override string ToString() => nameof(WebhookKeyPair); // the generated one would print the secrets
}
