using Microsoft.Extensions.Options;

namespace EventMeet.Recorder.Storage;

/// <summary>Says at start what is wrong with <see cref="StorageOptions"/>.</summary>
internal sealed class StorageOptionsValidator : IValidateOptions<StorageOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, StorageOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        if (
            string.IsNullOrEmpty(options.ConnectionString)
            && options.ContainerSasUri is null
            && options.ServiceUri is null
        )
        {
            result.AddError("set ConnectionString, ContainerSasUri or ServiceUri");
        }

        if (string.IsNullOrEmpty(options.Container))
        {
            result.AddError("must not be empty", nameof(options.Container));
        }

        Check(
            result,
            options.CommitEvery,
            TimeSpan.FromSeconds(0.1),
            TimeSpan.FromMinutes(1),
            nameof(options.CommitEvery)
        );
        Check(
            result,
            options.AttemptTimeout,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromMinutes(5),
            nameof(options.AttemptTimeout)
        );
        Check(result, options.Patience, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), nameof(options.Patience));
        Check(
            result,
            options.KeepAcknowledged,
            TimeSpan.Zero,
            TimeSpan.FromMinutes(1),
            nameof(options.KeepAcknowledged)
        );
        if (options.MemoryBound < 1 << 20)
        {
            result.AddError("at least 1 MiB", nameof(options.MemoryBound));
        }

        if (options.SpillBound < 0)
        {
            result.AddError("not negative", nameof(options.SpillBound));
        }

        return result.Build();
    }

    private static void Check(
        ValidateOptionsResultBuilder result,
        TimeSpan value,
        TimeSpan least,
        TimeSpan most,
        string name
    )
    {
        if (value < least || value > most)
        {
            result.AddError($"{least} to {most}", name);
        }
    }
}
