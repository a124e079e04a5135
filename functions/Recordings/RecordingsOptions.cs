using Azure.Storage.Blobs;
using EventMeet.Functions.Storage;
using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Recordings;

/// <summary>Settings "Recordings": where recorders store files; the container is the recorder's own setting repeated.</summary>
internal sealed class RecordingsOptions
{
    /// <summary>Gets or sets a connection string with the account's key. Without any setting it is that of the tables.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Gets or sets the blob service's URI, for managed identity; wins over the connection string.</summary>
    public Uri? ServiceUri { get; set; }

    /// <summary>Gets or sets the container's name.</summary>
    public string Container { get; set; } = "recordings";

    /// <summary>
    /// Gets or sets how long the links in events are good. A webhook is tried for almost four days; signatures of a managed
    /// identity are good for seven at most.
    /// </summary>
    public TimeSpan EventLinkLifetime { get; set; } = TimeSpan.FromDays(5);
}

/// <summary>Uses the account that the tables are in when no other is named.</summary>
internal sealed class RecordingsFallback(IOptions<StorageOptions> storage) : IPostConfigureOptions<RecordingsOptions>
{
    /// <inheritdoc/>
    public void PostConfigure(string? name, RecordingsOptions options)
    {
        if (options.ConnectionString is not null || options.ServiceUri is not null)
        {
            return;
        }

        if (storage.Value.TableEndpoint is not { } tables)
        {
            options.ConnectionString = storage.Value.ConnectionString;
            return;
        }

        // https://<account>.table.core.windows.net and https://<account>.blob.core.windows.net are one account.
        var host = tables.Host.Replace(".table.", ".blob.", StringComparison.Ordinal);
        options.ServiceUri = new UriBuilder(tables) { Host = host, Path = "/" }.Uri;
    }
}

/// <summary>Refuses settings that cannot work, at start.</summary>
internal sealed class RecordingsOptionsValidator : IValidateOptions<RecordingsOptions>
{
    /// <summary>The longest that a user delegation key is good.</summary>
    public static readonly TimeSpan LongestLink = TimeSpan.FromDays(6);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, RecordingsOptions options)
    {
        ValidateOptionsResultBuilder result = new();
        if (options.ServiceUri is null && !IsConnectionString(options.ConnectionString))
        {
            result.AddError("set Recordings__ConnectionString (with a blob endpoint) or Recordings__ServiceUri");
        }

        if (options.Container.Length is < 3 or > 63)
        {
            result.AddError("must have 3 to 63 characters", nameof(options.Container));
        }

        if (options.EventLinkLifetime < TimeSpan.FromMinutes(1) || options.EventLinkLifetime > LongestLink)
        {
            result.AddError("must be 1 min to 6 days", nameof(options.EventLinkLifetime));
        }

        return result.Build();
    }

    private static bool IsConnectionString(string? text)
    {
        try
        {
            return text is not null && new BlobServiceClient(text) is not null;
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or ArgumentException)
        {
            return false; // not repeated: it may hold a key
        }
    }
}
