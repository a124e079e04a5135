using Microsoft.Extensions.Options;

namespace EventMeet.WorkerHost;

/// <summary>What every worker is told at start: setting names are <c>Worker:Name</c> and so on.</summary>
public sealed class WorkerOptions
{
    /// <summary>Gets or sets the name operators read; the machine's own when empty.</summary>
    public string Name { get; set; } = "";

    /// <summary>Gets or sets where the worker runs; rooms ask for a region by this word.</summary>
    public string Region { get; set; } = "local";

    /// <summary>Gets or sets the zone within the region; empty when there are none.</summary>
    public string Zone { get; set; } = "";
}

/// <summary>Checks <see cref="WorkerOptions"/> at start.</summary>
internal sealed class WorkerOptionsValidator : IValidateOptions<WorkerOptions>
{
    private const int MaxLength = 64;

    public ValidateOptionsResult Validate(string? name, WorkerOptions options) =>
        options.Region.Length is 0 or > MaxLength
            ? ValidateOptionsResult.Fail($"Worker:Region must have 1 to {MaxLength} characters.")
            : ValidateOptionsResult.Success;
}
