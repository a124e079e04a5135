using System.Text;
using EventMeet.Contracts;
using EventMeet.Functions.Keys;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EventMeet.Functions.Tokens;

/// <summary>Makes participant tokens: what a tenant's own back end could make with any JWT library.</summary>
internal sealed class TokenMinter(TimeProvider clock, IdSource ids)
{
    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>Signs a token for one room with an API key's secret (HS256).</summary>
    public MintedToken Mint(ApiKey key, RoomId room, TokenRequest request)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());
        var identity = request.Identity ?? ids.NewText("guest_");
        Dictionary<string, object> video = new(request.Grants, StringComparer.Ordinal)
        {
            ["roomJoin"] = true,
            ["room"] = room.Value,
        };
        Dictionary<string, object> claims = new(StringComparer.Ordinal)
        {
            ["iss"] = key.Id.Value,
            ["sub"] = identity,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + request.Lifetime).ToUnixTimeSeconds(),
            ["jti"] = ids.NewText("tok_"),
            ["video"] = video,
        };
        Add(claims, "name", request.Name);
        Add(claims, "metadata", request.Metadata);
        SymmetricSecurityKey secret = new(Encoding.UTF8.GetBytes(key.Secret)) { KeyId = key.Id.Value };
        SecurityTokenDescriptor descriptor = new()
        {
            Claims = claims,
            SigningCredentials = new SigningCredentials(secret, SecurityAlgorithms.HmacSha256),
        };
        return new MintedToken(_handler.CreateToken(descriptor), identity, now + request.Lifetime);
    }

    private static void Add(Dictionary<string, object> claims, string name, string? value)
    {
        if (value is not null)
        {
            claims[name] = value;
        }
    }
}

/// <summary>A token, and what it says that the caller may not know.</summary>
internal readonly record struct MintedToken(string Token, string Identity, DateTimeOffset ExpiresAt);
