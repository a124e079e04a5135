using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EventMeet.Contracts.Bus;

/// <summary>
/// Makes shared access signatures:
/// <c>SharedAccessSignature sr={audience}&amp;sig={HMAC-SHA256(key, sr + "\n" + se)}&amp;se={Unix seconds}&amp;skn={key name}</c>.
/// </summary>
/// <param name="keyName">The key's name.</param>
/// <param name="key">The key, used as UTF-8 text.</param>
/// <param name="clock">What time it is.</param>
public sealed class SharedAccessTokens(string keyName, string key, TimeProvider clock) : IBusTokenSource
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(20);

    /// <inheritdoc/>
    public ValueTask<BusToken> GetTokenAsync(string audience, CancellationToken cancellationToken)
    {
        var expiresAt = clock.GetUtcNow() + Lifetime;
        return ValueTask.FromResult(
            new BusToken(Sign(audience, keyName, key, expiresAt), BusToken.SharedAccessSignature, expiresAt)
        );
    }

    /// <summary>Makes one signature.</summary>
    /// <param name="audience">What it is for.</param>
    /// <param name="keyName">The key's name.</param>
    /// <param name="key">The key.</param>
    /// <param name="expiresAt">When it ends; whole seconds count.</param>
    public static string Sign(string audience, string keyName, string key, DateTimeOffset expiresAt)
    {
        var resource = Uri.EscapeDataString(audience);
        var expiry = expiresAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = Convert.ToBase64String(
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(resource + "\n" + expiry))
        );
        return $"SharedAccessSignature sr={resource}&sig={Uri.EscapeDataString(signature)}&se={expiry}&skn={Uri.EscapeDataString(keyName)}";
    }
}
