using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Tokens;

/// <summary>Settings "Turn".</summary>
internal sealed class TurnOptions
{
    /// <summary>Gets or sets the relays: turn:host:3478?transport=udp, turns:host:443?transport=tcp, …</summary>
    public IList<string> Uris { get; set; } = [];

    /// <summary>Gets or sets the secret shared with the relays (coturn: static-auth-secret).</summary>
    public string? Secret { get; set; }

    /// <summary>Gets or sets how long credentials are good. A relayed call outlives them only until its next refresh.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(4);
}

/// <summary>Refuses settings that cannot work, at start.</summary>
internal sealed class TurnOptionsValidator : IValidateOptions<TurnOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, TurnOptions options)
    {
        ValidateOptionsResultBuilder result = new();
        if (options.Uris.Any(uri => !IsTurn(uri)))
        {
            result.AddError("must start with turn: or turns:", nameof(options.Uris));
        }

        if (options.Uris.Count > 0 && string.IsNullOrEmpty(options.Secret))
        {
            result.AddError("must be set when there are relays", nameof(options.Secret));
        }

        if (options.Lifetime < TimeSpan.FromMinutes(5) || options.Lifetime > TimeSpan.FromHours(24))
        {
            result.AddError("must be 5 minutes to 24 hours", nameof(options.Lifetime));
        }

        return result.Build();
    }

    private static bool IsTurn(string uri) =>
        uri.StartsWith("turn:", StringComparison.Ordinal) || uri.StartsWith("turns:", StringComparison.Ordinal);
}
