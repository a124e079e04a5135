using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Placement;

/// <summary>Settings "Placement".</summary>
internal sealed class PlacementOptions
{
    /// <summary>
    /// Gets or sets how busy a room's home may become, 0 to 1 of a core, before the room's further sessions go to the least busy shard of the same
    /// worker. 1 or more never spreads a room, 0 always looks for the least busy one.
    /// </summary>
    // Half of the rest is for what the home has to do for all: its rooms' other sessions talk and move.
    public double SpreadAbove { get; set; } = 0.6;
}

/// <summary>Refuses settings that cannot work, at start.</summary>
internal sealed class PlacementOptionsValidator : IValidateOptions<PlacementOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, PlacementOptions options)
    {
        ValidateOptionsResultBuilder result = new();
        if (options.SpreadAbove is not (>= 0 and <= 10))
        {
            result.AddError("must be 0 to 10", nameof(options.SpreadAbove));
        }

        return result.Build();
    }
}
