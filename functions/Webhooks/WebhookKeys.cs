using EventMeet.Functions.Keys;

namespace EventMeet.Functions.Webhooks;

/// <summary>
/// Derives an endpoint's signing keys from the master key, its id and their generation, so that none is stored: a stolen
/// table signs nothing.
/// </summary>
internal sealed class WebhookKeys(KeyRing ring)
{
    /// <summary>Makes the first generation.</summary>
    public SigningKey First() => new(1, ring.Current, ValidUntil: null);

    /// <summary>Makes the next generation; the ones before stay valid for the overlap.</summary>
    /// <param name="known">The current one first.</param>
    /// <param name="overlap">0 for a secret that got into wrong hands.</param>
    /// <param name="now">When.</param>
    public IReadOnlyList<SigningKey> Rotate(IReadOnlyList<SigningKey> known, TimeSpan overlap, DateTimeOffset now)
    {
        var until = now + overlap;
        var older = known
            .Select(key => key with { ValidUntil = key.ValidUntil is { } end && end < until ? end : until })
            .Where(key => key.ValidUntil > now)
            .Take(WebhookLimits.Keys - 1);
        return [new SigningKey(known[0].Generation + 1, ring.Current, ValidUntil: null), .. older];
    }

    /// <summary>Gets the keys that are valid now, the current one first; none when their master key is gone.</summary>
    public IReadOnlyList<WebhookKeyPair> PairsOf(Webhook webhook, DateTimeOffset now) =>
        [
            .. webhook
                .Keys.Where(key => key.ValidUntil is not { } until || until > now)
                .Select(key => PairOf(webhook.Id, key))
                .OfType<WebhookKeyPair>(),
        ];

    private WebhookKeyPair? PairOf(WebhookId webhook, SigningKey key) =>
        Derive("secret", webhook, key) is { } secret && Derive("ed25519 seed", webhook, key) is { } seed
            ? new WebhookKeyPair(secret, seed)
            : null;

    private byte[]? Derive(string what, WebhookId webhook, SigningKey key) =>
        ring.SecretFor(
            key.MasterKey,
            string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"webhook {what} {webhook} {key.Generation}"
            )
        );
}
