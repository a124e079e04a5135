using EventMeet.Functions.Keys;
using EventMeet.Functions.Tokens;

namespace EventMeet.Functions.Hosting;

/// <summary>Turns an Authorization header into a caller (RFC 6750).</summary>
internal sealed class Authenticator(KeyDirectory keys, TokenVerifier tokens)
{
    private const string Scheme = "Bearer ";
    private const int MostCharacters = 8192;

    /// <summary>Checks the credential and whether it is of the kind that the method takes.</summary>
    public async Task<Authentication> AuthenticateAsync(
        HttpRequest request,
        Access access,
        CancellationToken cancellationToken
    )
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || header.Length > MostCharacters)
        {
            return Authentication.Refuse(Refusal.CredentialsMissing);
        }

        var credential = header[Scheme.Length..].Trim();
        var result =
            credential.Count(character => character == '.') == 2
                ? await tokens.VerifyAsync(credential, cancellationToken)
                : await CheckKeyAsync(credential, cancellationToken);
        return result.Principal is { } principal && !Takes(access, principal)
            ? Authentication.Refuse(
                Refusal.WrongCredentialKind,
                access == Access.Tenant
                    ? "This route takes an API key, or a JWT of it with the scope \"management\"; not a participant token."
                    : "This route takes a participant token, not an API key."
            )
            : result;
    }

    private async Task<Authentication> CheckKeyAsync(string credential, CancellationToken cancellationToken)
    {
        var dot = credential.IndexOf('.', StringComparison.Ordinal);
        if (dot <= 0)
        {
            return Authentication.Refuse(Refusal.CredentialsInvalid, "An API key is <keyId>.<secret>.");
        }

        var key = await keys.FindAsync(credential[..dot], cancellationToken);
        return key is not null && key.SecretIs(credential[(dot + 1)..])
            ? Authentication.Accept(new TenantPrincipal(key.Tenant, key.Id))
            : Authentication.Refuse(Refusal.CredentialsInvalid);
    }

    private static bool Takes(Access access, Principal principal) =>
        access switch
        {
            Access.Tenant => principal is TenantPrincipal,
            Access.Participant => principal is ParticipantPrincipal,
            _ => true,
        };
}

/// <summary>Who it is, or why not.</summary>
internal readonly record struct Authentication(Principal? Principal, Problem? Problem)
{
    public static Authentication Accept(Principal principal) => new(principal, null);

    public static Authentication Refuse(Refusal refusal, string? detail = null) =>
        new(null, new Problem(refusal, detail));
}
