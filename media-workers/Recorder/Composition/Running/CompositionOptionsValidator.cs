using Microsoft.Extensions.Options;

namespace EventMeet.Recorder.Composition.Running;

/// <summary>Says at start what is wrong with <see cref="CompositionOptions"/>.</summary>
internal sealed class CompositionOptionsValidator : IValidateOptions<CompositionOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, CompositionOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        Check(options.Niceness is >= 0 and <= 19, "0 to 19", nameof(options.Niceness));
        // It stands in a filter graph.
        Check(
            options.Font.Length > 0
                && options.Font.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is ' ' or '-'),
            "letters, digits, spaces and hyphens",
            nameof(options.Font)
        );
        Check(
            options.LongestStandstill >= TimeSpan.FromSeconds(1) && options.LongestStandstill <= TimeSpan.FromHours(1),
            "1 s to 1 h",
            nameof(options.LongestStandstill)
        );
        Check(options.SlowestMultiple is >= 1 and <= 1_000, "1 to 1,000", nameof(options.SlowestMultiple));
        return result.Build();

        void Check(bool isGood, string complaint, string property)
        {
            if (!isGood)
            {
                result.AddError(complaint, property);
            }
        }
    }
}
