namespace EventMeet.Recorder.Storage;

/// <summary>The container that recordings are in. Every request is repeated until patience ends, and throws then.</summary>
internal interface IRecordingStore
{
    /// <summary>Starts a file that grows.</summary>
    /// <param name="name">Must not exist.</param>
    /// <param name="contentType">Its media type.</param>
    IRecordingSink Open(string name, string contentType);

    /// <summary>Stores a small file whole, in place of an earlier one.</summary>
    Task PutAsync(string name, ReadOnlyMemory<byte> content, string contentType, CancellationToken cancellationToken);

    /// <summary>Stores a local file, in place of an earlier one. It is there only when all of it is.</summary>
    /// <param name="name">The blob's name.</param>
    /// <param name="path">The local file.</param>
    /// <param name="contentType">Its media type.</param>
    /// <param name="cancellationToken">Stops; an earlier file stays.</param>
    Task<StoredFile> UploadAsync(string name, string path, string contentType, CancellationToken cancellationToken);

    /// <summary>Copies a file to the local disk.</summary>
    /// <returns>Its SHA-256, in lower-case hexadecimal; null when there is no such file.</returns>
    Task<string?> DownloadAsync(string name, string path, CancellationToken cancellationToken);

    /// <summary>Reads a small file whole.</summary>
    /// <returns>Null when there is none.</returns>
    Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken);

    /// <summary>Removes a file; one that is not there is no error.</summary>
    Task DeleteAsync(string name, CancellationToken cancellationToken);
}
