using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EventMeet.Broker.Amqp;

/*  SharedAccessSignature sr={resource, URL-encoded}&sig={URL-encoded base 64}&se={Unix seconds}&skn={key name}
    sig = HMAC-SHA256(key, sr as it stands + "\n" + se)                                                       */

/// <summary>Checks keys and the tokens made from them.</summary>
internal sealed class SharedAccessVerifier(string keyName, string key)
{
    private const string Prefix = "SharedAccessSignature ";
    private const int MaxTokenLength = 4096;
    private readonly byte[] _key = Encoding.UTF8.GetBytes(key);
    private readonly byte[] _keyName = Encoding.UTF8.GetBytes(keyName);

    /// <summary>Checks the credentials of SASL PLAIN.</summary>
    internal bool IsKey(ReadOnlySpan<byte> name, ReadOnlySpan<byte> candidate) =>
        CryptographicOperations.FixedTimeEquals(name, _keyName)
        & CryptographicOperations.FixedTimeEquals(candidate, _key);

    /// <summary>Checks a token.</summary>
    /// <param name="token">What the client put.</param>
    /// <param name="now">What time it is.</param>
    /// <param name="path">What it is for: an entity's path, empty for all of them.</param>
    /// <param name="expiresAt">When it ends.</param>
    internal bool TryVerify(string token, DateTimeOffset now, out string path, out DateTimeOffset expiresAt)
    {
        path = "";
        expiresAt = default;
        if (token.Length > MaxTokenLength || !token.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        var fields = FieldsOf(token[Prefix.Length..]);
        if (
            !fields.TryGetValue("sr", out var resource)
            || !fields.TryGetValue("sig", out var signature)
            || !fields.TryGetValue("se", out var expiry)
            || !fields.TryGetValue("skn", out var name)
            || !long.TryParse(expiry, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds()
        )
        {
            return false;
        }

        var expected = Encoding.UTF8.GetBytes(
            Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(resource + "\n" + expiry)))
        );
        var valid =
            CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(Uri.UnescapeDataString(signature)))
            & CryptographicOperations.FixedTimeEquals(_keyName, Encoding.UTF8.GetBytes(Uri.UnescapeDataString(name)));
        expiresAt = DateTimeOffset.FromUnixTimeSeconds(seconds);
        path = PathOf(Uri.UnescapeDataString(resource));
        return valid && expiresAt > now;
    }

    /// <summary>The entity's path in <c>sb://host[:port]/path</c>; whatever host: this broker has one namespace.</summary>
    internal static string PathOf(string resource)
    {
        var scheme = resource.IndexOf("://", StringComparison.Ordinal);
        var start = resource.IndexOf('/', scheme < 0 ? 0 : scheme + 3);
        return start < 0 ? "" : resource[start..].Trim('/');
    }

    private static Dictionary<string, string> FieldsOf(string text)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in text.Split('&'))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                fields[part[..equals]] = part[(equals + 1)..];
            }
        }

        return fields;
    }
}
