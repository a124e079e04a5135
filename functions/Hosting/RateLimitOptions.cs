using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Hosting;

/// <summary>Settings "RateLimits".</summary>
internal sealed class RateLimitOptions
{
    /// <summary>Gets or sets requests per second with one API key.</summary>
    public double PerKey { get; set; } = 100;

    /// <summary>Gets or sets requests per second with all the participant tokens of one API key.</summary>
    public double PerKeyParticipants { get; set; } = 500;

    /// <summary>Gets or sets requests per second and address that are anonymous or fail to authenticate.</summary>
    public double PerAddress { get; set; } = 20;

    /// <summary>Gets or sets how many seconds' worth of requests may come at once.</summary>
    public double BurstSeconds { get; set; } = 10;
}

/// <summary>Refuses limits that would refuse everything.</summary>
internal sealed class RateLimitOptionsValidator : IValidateOptions<RateLimitOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, RateLimitOptions options)
    {
        ValidateOptionsResultBuilder result = new();
        double[] all = [options.PerKey, options.PerKeyParticipants, options.PerAddress, options.BurstSeconds];
        if (all.Any(one => one is not (>= 1 and <= 1_000_000)))
        {
            result.AddError("every rate limit must be 1 to 1,000,000");
        }

        return result.Build();
    }
}
