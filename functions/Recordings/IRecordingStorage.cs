using EventMeet.Contracts.Messages;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Recordings;

/// <summary>The container that recorders store files in, as the functions use it: links, lists, deletes.</summary>
internal interface IRecordingStorage
{
    /// <summary>Makes links for a while.</summary>
    /// <exception cref="StorageUnavailableException">Storage does not answer.</exception>
    Task<FileLinks> LinkAsync(TimeSpan lifetime, CancellationToken cancellationToken);

    /// <summary>Lists what is in a folder; what is not known of a file is left empty.</summary>
    /// <exception cref="StorageUnavailableException">Storage does not answer.</exception>
    Task<IReadOnlyList<RecordedFile>> ListAsync(string folder, CancellationToken cancellationToken);

    /// <summary>Deletes all that is in a folder.</summary>
    /// <exception cref="StorageUnavailableException">Storage does not answer; some of it may be gone.</exception>
    Task DeleteFolderAsync(string folder, CancellationToken cancellationToken);

    /// <summary>Deletes files; one that is not there is no error.</summary>
    /// <exception cref="StorageUnavailableException">Storage does not answer; some of them may be gone.</exception>
    Task DeleteAsync(IEnumerable<string> names, CancellationToken cancellationToken);
}

/// <summary>Makes links to files.</summary>
/// <param name="ExpiresAt">How long they are good.</param>
/// <param name="UrlOf">Gets where a blob is.</param>
/// <param name="LinkTo">Makes the link to a blob that downloads under a file name.</param>
internal sealed record FileLinks(
    DateTimeOffset ExpiresAt,
    Func<string, string> UrlOf,
    Func<string, string, string> LinkTo
);
