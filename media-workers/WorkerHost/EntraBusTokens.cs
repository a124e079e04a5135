using Azure.Core;
using EventMeet.Contracts.Bus;

namespace EventMeet.WorkerHost;

/// <summary>Tokens for the bus from a managed identity.</summary>
internal sealed class EntraBusTokens(TokenCredential credential) : IBusTokenSource
{
    private static readonly TokenRequestContext Scope = new([IBusTokenSource.EntraScope]);

    /// <inheritdoc/>
    public async ValueTask<BusToken> GetTokenAsync(string audience, CancellationToken cancellationToken)
    {
        var token = await credential.GetTokenAsync(Scope, cancellationToken);
        return new BusToken(token.Token, BusToken.JsonWebToken, token.ExpiresOn);
    }
}
