using System.Text.Json;
using EventMeet.Functions.Hosting;

namespace EventMeet.Functions.Tokens;

/// <summary>When a token is good: exp is required and at most 24 h after iat, or after now when there is no iat.</summary>
/// <param name="Problem">Why it is not good now; null when it is.</param>
/// <param name="ExpiresAt">The claim exp.</param>
/// <param name="IssuedAt">The claim iat, or nbf without one.</param>
/// <param name="Span">How long it is good in all.</param>
internal readonly record struct TokenLifetime(
    Problem? Problem,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? IssuedAt,
    TimeSpan Span
)
{
    public static readonly TimeSpan Longest = TimeSpan.FromHours(24);
    public static readonly TimeSpan LongestManagement = TimeSpan.FromHours(1);

    // Year 9999 in Unix seconds; RFC 7519 sets no bound, DateTimeOffset does.
    private const double LatestTime = 253_402_300_799;

    /// <summary>Checks exp, nbf and iat (RFC 7519 section 4.1; numbers of seconds, possibly with a fraction).</summary>
    public static TokenLifetime Check(JsonElement claims, DateTimeOffset now, TimeSpan leeway)
    {
        if (
            !TryReadTime(claims, "exp", out var expires)
            || !TryReadTime(claims, "nbf", out var notBefore)
            || !TryReadTime(claims, "iat", out var issued)
        )
        {
            return Refuse(Refusal.TokenMalformed, "exp, nbf and iat must be numbers of seconds since 1970.");
        }

        if (expires is not { } expiry)
        {
            return Refuse(Refusal.TokenWithoutExpiry);
        }

        if (expiry + leeway <= now)
        {
            return Refuse(
                Refusal.TokenExpired,
                $"The token expired at {expiry:yyyy-MM-ddTHH:mm:ssZ}; ask for a new one."
            );
        }

        if (notBefore - leeway > now || issued - leeway > now)
        {
            return Refuse(Refusal.TokenNotYetValid);
        }

        var span = expiry - (issued ?? now);
        return span <= Longest + leeway
            ? new TokenLifetime(null, expiry, issued ?? notBefore, span)
            : Refuse(Refusal.TokenLifetimeTooLong);
    }

    private static bool TryReadTime(JsonElement claims, string name, out DateTimeOffset? time)
    {
        time = null;
        if (!claims.TryGetProperty(name, out var claim))
        {
            return true;
        }

        if (
            claim.ValueKind != JsonValueKind.Number
            || !claim.TryGetDouble(out var seconds)
            || seconds is not (>= 0 and <= LatestTime)
        )
        {
            return false;
        }

        time = DateTimeOffset.UnixEpoch.AddSeconds(seconds);
        return true;
    }

    private static TokenLifetime Refuse(Refusal refusal, string? detail = null) =>
        new(new Problem(refusal, detail), default, null, default);
}
