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

    /// <summary>Gets or sets what every table's name starts with: letters and digits.</summary>
    public string TablePrefix { get; set; } = "eventmeet";
}
