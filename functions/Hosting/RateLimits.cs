using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Hosting;

/// <summary>Who may ask how often.</summary>
internal sealed class RateLimits(IOptions<RateLimitOptions> options, TimeProvider clock)
{
    private readonly TokenBuckets _keys = Make("key", options.Value.PerKey, options.Value, clock);
    private readonly TokenBuckets _tokens = Make(
        "participants",
        options.Value.PerKeyParticipants,
        options.Value,
        clock
    );
    private readonly TokenBuckets _addresses = Make("address", options.Value.PerAddress, options.Value, clock);

    /// <summary>Counts a request with credentials that are good.</summary>
    public RateLimitState Take(Principal principal) =>
        principal is ParticipantPrincipal ? _tokens.Take(principal.Key.Value) : _keys.Take(principal.Key.Value);

    /// <summary>Counts an anonymous request, or one whose credentials are bad.</summary>
    public RateLimitState Take(string address) => _addresses.Take(address);

    /// <summary>Looks whether an address may still try; the check before credentials are looked at.</summary>
    public RateLimitState Peek(string address) => _addresses.Peek(address);

    private static TokenBuckets Make(string name, double perSecond, RateLimitOptions options, TimeProvider clock) =>
        new(new RateLimitPolicy(name, perSecond, (int)(perSecond * options.BurstSeconds)), clock);
}
