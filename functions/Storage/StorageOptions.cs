using Azure.Data.Tables;
using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Storage;

/// <summary>Settings "Storage".</summary>
internal sealed class StorageOptions
{
    /// <summary>
    /// Gets or sets a connection string; "UseDevelopmentStorage=true" for Azurite at its usual ports. Falls back to the
    /// Functions host's own AzureWebJobsStorage.
    /// </summary>
    public string? ConnectionString { get; set; }

    /// <summary>Gets or sets the table endpoint, for managed identity; wins over the connection string.</summary>
    public Uri? TableEndpoint { get; set; }

    /// <summary>Gets or sets what every table's name starts with: 1 to 20 letters and digits, a letter first.</summary>
    public string TablePrefix { get; set; } = "eventmeet";
}

/// <summary>Uses the Functions host's own account when no other is named.</summary>
internal sealed class StorageFallback(IConfiguration configuration) : IPostConfigureOptions<StorageOptions>
{
    /// <inheritdoc/>
    public void PostConfigure(string? name, StorageOptions options)
    {
        options.ConnectionString ??= configuration["AzureWebJobsStorage"];
        if (options.ConnectionString is null && configuration["AzureWebJobsStorage:tableServiceUri"] is { } endpoint)
        {
            options.TableEndpoint ??= new Uri(endpoint);
        }
    }
}

/// <summary>Refuses settings that cannot work, at start.</summary>
internal sealed class StorageOptionsValidator : IValidateOptions<StorageOptions>
{
    private const int LongestPrefix = 20;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, StorageOptions options)
    {
        ValidateOptionsResultBuilder result = new();
        if (options.TableEndpoint is null && !IsConnectionString(options.ConnectionString))
        {
            result.AddError("set Storage__ConnectionString (or AzureWebJobsStorage), or Storage__TableEndpoint");
        }

        var prefix = options.TablePrefix;
        if (
            prefix.Length is 0 or > LongestPrefix
            || !char.IsAsciiLetter(prefix[0])
            || !prefix.All(char.IsAsciiLetterOrDigit)
        )
        {
            result.AddError("must be 1 to 20 letters and digits, a letter first", nameof(options.TablePrefix));
        }

        return result.Build();
    }

    private static bool IsConnectionString(string? text)
    {
        try
        {
            return text is not null && new TableServiceClient(text) is not null;
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or ArgumentException)
        {
            return false; // not repeated: it may hold a key
        }
    }
}
