using EventMeet.Functions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace EventMeet.Functions.Tests.Hosting;

public sealed class TokenBucketTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void Allows_a_burst_then_a_steady_rate()
    {
        TokenBuckets buckets = new(new RateLimitPolicy("test", PerSecond: 2, Burst: 3), _clock);
        Assert.Equal(["True 2", "True 1", "True 0", "False 0"], Take(buckets, 4));
        var state = buckets.Peek("a");
        Assert.Equal(TimeSpan.FromSeconds(0.5), state.UntilOne);
        Assert.Equal("\"test\";r=0;t=2", state.Header);
        Assert.Equal("\"test\";q=3;w=2", state.Policy.Header);
        _clock.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(["True 0", "False 0"], Take(buckets, 2));
        Assert.True(buckets.Take("b").Allowed);
    }

    [Fact]
    public void Does_not_save_up_more_than_a_burst()
    {
        TokenBuckets buckets = new(new RateLimitPolicy("test", PerSecond: 1, Burst: 2), _clock);
        Take(buckets, 2);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(["True 1", "True 0", "False 0"], Take(buckets, 3));
    }

    private static List<string> Take(TokenBuckets buckets, int times) =>
        [
            .. Enumerable
                .Range(0, times)
                .Select(_ => buckets.Take("a"))
                .Select(state => $"{state.Allowed} {state.Remaining}"),
        ];
}
