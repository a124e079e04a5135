namespace EventMeet.Recorder.Storage;

/// <summary>Where recordings are stored, and what happens while storage is slow or down.</summary>
internal sealed class StorageOptions
{
    /// <summary>Gets or sets a connection string, with a key or a SAS in it. One of three; the first that is set counts.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Gets or sets the container's URI with a SAS that may create, append, write, read, delete and list.</summary>
    public Uri? ContainerSasUri { get; set; }

    /// <summary>Gets or sets the blob service's URI, to be used with a managed identity.</summary>
    public Uri? ServiceUri { get; set; }

    /// <summary>Gets or sets the container's name; a SAS of a container has its own.</summary>
    public string Container { get; set; } = "recordings";

    /// <summary>
    /// Gets or sets how often what has come is stored, 0.1 s to 60 s. This, and what one request takes, is what a crash costs: by
    /// default two seconds together. An append blob has at most 50,000 blocks, a day's.
    /// </summary>
    public TimeSpan CommitEvery { get; set; } = TimeSpan.FromSeconds(1.75);

    /// <summary>Gets or sets how long one request may take, 1 s to 5 min.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Gets or sets how long storage may refuse before a file is given up, 1 s to 1 h.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Gets or sets how long bytes are kept that storage has acknowledged, 0 to 1 min. Storage that fails over to another region,
    /// and an emulator that is killed, may forget the last of them.
    /// </summary>
    public TimeSpan KeepAcknowledged { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets how many bytes all files together may keep in memory.</summary>
    public long MemoryBound { get; set; } = 256L << 20;

    /// <summary>Gets or sets where on the local disk goes what memory does not hold.</summary>
    public string SpillFolder { get; set; } = Path.Combine(Path.GetTempPath(), "eventmeet-recorder-spill");

    /// <summary>Gets or sets how many bytes all files together may keep there; 0 for none.</summary>
    public long SpillBound { get; set; } = 8L << 30;
}
