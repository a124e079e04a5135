namespace EventMeet.Contracts.Bus;

/// <summary>Gives tokens for the bus, for instance from a managed identity (scope <see cref="EntraScope"/>).</summary>
public interface IBusTokenSource
{
    /// <summary>The scope to ask Entra for.</summary>
    const string EntraScope = "https://servicebus.azure.net/.default";

    /// <summary>Gets a token that is valid for some minutes at least.</summary>
    /// <param name="audience">What it is for: <c>sb://host/entity</c>. A token for the whole namespace will do.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    ValueTask<BusToken> GetTokenAsync(string audience, CancellationToken cancellationToken);
}

/// <summary>A token for the bus.</summary>
/// <param name="Value">The token itself: a secret.</param>
/// <param name="Type"><see cref="JsonWebToken"/> or <see cref="SharedAccessSignature"/>.</param>
/// <param name="ExpiresAt">When it stops being valid.</param>
public sealed record BusToken(string Value, string Type, DateTimeOffset ExpiresAt)
{
    /// <summary>The type of a token from Entra.</summary>
    public const string JsonWebToken = "jwt";

    /// <summary>The type of a token made from a shared access key.</summary>
    public const string SharedAccessSignature = "servicebus.windows.net:sastoken";

    /// <summary>Says what it is, without the token.</summary>
    /// <returns>Type and end.</returns>
    public override string ToString() => $"{Type} until {ExpiresAt:O}";
}
