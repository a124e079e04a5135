using System.Globalization;

namespace EventMeet.Functions.Hosting;

/// <summary>
/// Token buckets, one per caller, in this process: with several instances of the app each counts alone, so the limit
/// for a caller is at most the limit times the number of instances.
/// </summary>
/// <param name="policy">The limit.</param>
/// <param name="clock">What time it is.</param>
internal sealed class TokenBuckets(RateLimitPolicy policy, TimeProvider clock)
{
    // A full bucket is no different from none, so full ones go when there are too many.
    private const int MostBuckets = 100_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);

    /// <summary>Takes one token.</summary>
    public RateLimitState Take(string caller) => Change(caller, 1);

    /// <summary>Looks without taking.</summary>
    public RateLimitState Peek(string caller) => Change(caller, 0);

    private RateLimitState Change(string caller, double wanted)
    {
        var now = clock.GetTimestamp();
        lock (_lock)
        {
            var bucket = _buckets.TryGetValue(caller, out var known) ? known : new Bucket(policy.Burst, now);
            var filled = Math.Min(policy.Burst, bucket.Tokens + (Elapsed(bucket.At, now) * policy.PerSecond));
            var allowed = filled >= Math.Max(wanted, 1);
            var left = allowed ? filled - wanted : filled;
            if (wanted > 0)
            {
                MakeSpace(now);
                _buckets[caller] = new Bucket(left, now);
            }

            var untilOne = TimeSpan.FromSeconds(Math.Max(0, 1 - left) / policy.PerSecond);
            var untilFull = TimeSpan.FromSeconds((policy.Burst - left) / policy.PerSecond);
            return new RateLimitState(policy, allowed, (int)left, untilOne, untilFull);
        }
    }

    private void MakeSpace(long now)
    {
        if (_buckets.Count < MostBuckets)
        {
            return;
        }

        foreach (var (caller, bucket) in _buckets)
        {
            if (bucket.Tokens + (Elapsed(bucket.At, now) * policy.PerSecond) >= policy.Burst)
            {
                _buckets.Remove(caller);
            }
        }

        // Somebody sends from very many addresses at once: forgetting is better than growing.
        if (_buckets.Count >= MostBuckets)
        {
            _buckets.Clear();
        }
    }

    private double Elapsed(long from, long to) => clock.GetElapsedTime(from, to).TotalSeconds;

    private readonly record struct Bucket(double Tokens, long At);
}

/// <summary>A limit: a bucket of some size, refilled steadily.</summary>
/// <param name="Name">Its name in the headers.</param>
/// <param name="PerSecond">Requests per second in the long run.</param>
/// <param name="Burst">Requests at once.</param>
internal sealed record RateLimitPolicy(string Name, double PerSecond, int Burst)
{
    /// <summary>Gets the RateLimit-Policy header: quota per window in seconds (draft-ietf-httpapi-ratelimit-headers).</summary>
    public string Header =>
        string.Create(CultureInfo.InvariantCulture, $"\"{Name}\";q={Burst};w={Math.Ceiling(Burst / PerSecond)}");
}

/// <summary>Where a caller stands.</summary>
internal readonly record struct RateLimitState(
    RateLimitPolicy Policy,
    bool Allowed,
    int Remaining,
    TimeSpan UntilOne,
    TimeSpan UntilFull
)
{
    /// <summary>Gets the RateLimit header.</summary>
    public string Header =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"\"{Policy.Name}\";r={Remaining};t={Math.Ceiling(UntilFull.TotalSeconds)}"
        );
}
