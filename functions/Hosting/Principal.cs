using EventMeet.Contracts;
using EventMeet.Functions.Tokens;

namespace EventMeet.Functions.Hosting;

/// <summary>Who is calling, after the credential was checked.</summary>
/// <param name="Tenant">Whose credential it is; nothing of another tenant is visible.</param>
/// <param name="Key">The API key behind it.</param>
internal abstract record Principal(TenantId Tenant, ApiKeyId Key)
{
    /// <summary>Gets what audit rows and idempotency keys are filed under.</summary>
    public abstract string Actor { get; }
}

/// <summary>A tenant's back end: an API key, or a short JWT signed with one.</summary>
internal sealed record TenantPrincipal(TenantId Tenant, ApiKeyId Key) : Principal(Tenant, Key)
{
    /// <inheritdoc/>
    public override string Actor => Key.Value;
}

/// <summary>A participant with a token. <see cref="ParticipantToken.Room"/> is the room's id or name as the token says.</summary>
internal sealed record ParticipantPrincipal(TenantId Tenant, ApiKeyId Key, ParticipantToken Token)
    : Principal(Tenant, Key)
{
    /// <inheritdoc/>
    public override string Actor => Token.Identity;
}
