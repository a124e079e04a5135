using System.Security.Cryptography;
using System.Text;
using EventMeet.Contracts;

namespace EventMeet.Functions.Keys;

/// <summary>An API key with its secret, in memory only.</summary>
/// <param name="Id">The public half.</param>
/// <param name="Tenant">Whose.</param>
/// <param name="Secret">The secret half: 43 characters; as UTF-8 text it is also the HMAC key of tokens.</param>
internal sealed record ApiKey(ApiKeyId Id, TenantId Tenant, string Secret)
{
    /// <summary>Gets what goes into the Authorization header; shown once.</summary>
    public string Credential => $"{Id}.{Secret}";

    /// <summary>Compares in constant time.</summary>
    public bool SecretIs(string offered) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(offered), Encoding.UTF8.GetBytes(Secret));

    /// <inheritdoc/>
    public override string ToString() => Id.Value; // the generated one would print the secret
}
