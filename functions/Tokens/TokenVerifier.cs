using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Keys;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EventMeet.Functions.Tokens;

/// <summary>
/// Verifies JWTs (RFC 7519, RFC 8725) signed with an API key's secret: participant tokens, and a tenant's short
/// management tokens. The algorithm is ours to choose, never the token's.
/// </summary>
internal sealed class TokenVerifier(KeyDirectory keys, TimeProvider clock)
{
    // Clocks of back ends differ by this much.
    private static readonly TimeSpan Leeway = TimeSpan.FromSeconds(10);

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    /// <summary>Verifies a token and says whose it is.</summary>
    public async Task<Authentication> VerifyAsync(string text, CancellationToken cancellationToken)
    {
        if (TryRead(text) is not { } token || !TryReadPayload(token, out var claims))
        {
            return Authentication.Refuse(Refusal.TokenMalformed);
        }

        if (!string.Equals(token.Alg, SecurityAlgorithms.HmacSha256, StringComparison.Ordinal))
        {
            return Authentication.Refuse(
                Refusal.TokenAlgorithm,
                $"The token says alg {Shorten(token.Alg)}; sign tokens with HS256."
            );
        }

        var keyId = string.IsNullOrEmpty(token.Kid) ? token.Issuer : token.Kid;
        if (!string.IsNullOrEmpty(token.Issuer) && !string.Equals(keyId, token.Issuer, StringComparison.Ordinal))
        {
            return Authentication.Refuse(Refusal.TokenMalformed, "The token's kid and iss name different keys.");
        }

        if (await keys.FindAsync(keyId, cancellationToken) is not { } key)
        {
            return Authentication.Refuse(
                Refusal.CredentialsInvalid,
                "The token's iss names no API key of ours; put the key's id there."
            );
        }

        if (!await IsSignedWithAsync(key, text))
        {
            return Authentication.Refuse(Refusal.TokenSignature);
        }

        var lifetime = TokenLifetime.Check(claims, clock.GetUtcNow(), Leeway);
        if (lifetime.Problem is { } problem)
        {
            return new Authentication(null, problem);
        }

        return TokenClaims.IsManagement(claims)
            ? Manage(key, lifetime)
            : TokenClaims.ReadParticipant(key, claims, lifetime);
    }

    private static Authentication Manage(ApiKey key, TokenLifetime lifetime) =>
        lifetime.Span <= TokenLifetime.LongestManagement
            ? Authentication.Accept(new TenantPrincipal(key.Tenant, key.Id))
            : Authentication.Refuse(Refusal.TokenLifetimeTooLong, "Make management tokens for at most one hour.");

    private async Task<bool> IsSignedWithAsync(ApiKey key, string text)
    {
        // Only the signature is checked here; TokenLifetime and the key's lookup by issuer have clearer refusals.
#pragma warning disable CA5404
        TokenValidationParameters parameters = new()
        {
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            IssuerSigningKey = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(key.Secret)),
            TryAllIssuerSigningKeys = true, // the token's kid is ours, not the library's
            RequireSignedTokens = true,
            RequireExpirationTime = false,
            ValidateLifetime = false,
            ValidateIssuer = false,
            ValidateAudience = false,
        };
#pragma warning restore CA5404
        return (await _handler.ValidateTokenAsync(text, parameters)).IsValid;
    }

    private JsonWebToken? TryRead(string text)
    {
        try
        {
            return _handler.CanReadToken(text) ? _handler.ReadJsonWebToken(text) : null;
        }
        catch (ArgumentException)
        {
            return null; // also SecurityTokenMalformedException: not base64url, not JSON
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool TryReadPayload(JsonWebToken token, out JsonElement claims)
    {
        claims = default;
        try
        {
            var bytes = Base64UrlEncoder.DecodeBytes(token.EncodedPayload);
            if (!Utf8.IsValid(bytes))
            {
                return false;
            }

            using var document = JsonDocument.Parse(
                bytes,
                new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false }
            );
            claims = document.RootElement.Clone();
            return claims.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
        catch (FormatException)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            return false; // a claim's name holds a lone surrogate
        }
    }

    private static string Shorten(string? text) => text is { Length: > 0 and <= 16 } ? $"\"{text}\"" : "nothing known";
}
