using System.Globalization;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Recordings;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Tests.Fakes;

/// <summary>The recordings' container in memory; can be broken.</summary>
internal sealed class FakeRecordingStorage(TimeProvider clock) : IRecordingStorage
{
    public bool IsDown { get; set; }

    /// <summary>Gets the blobs by name, with their sizes.</summary>
    public SortedDictionary<string, long> Blobs { get; } = new(StringComparer.Ordinal);

    public Task<FileLinks> LinkAsync(TimeSpan lifetime, CancellationToken cancellationToken)
    {
        ThrowIfDown();
        var expires = clock.GetUtcNow() + lifetime;
        var seconds = expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return Task.FromResult(
            new FileLinks(
                expires,
                name => "https://blobs.example/" + name,
                (name, file) => $"https://blobs.example/{name}?until={seconds}&as={file}"
            )
        );
    }

    public Task<IReadOnlyList<RecordedFile>> ListAsync(string folder, CancellationToken cancellationToken)
    {
        ThrowIfDown();
        return Task.FromResult<IReadOnlyList<RecordedFile>>([
            .. Blobs
                .Where(blob => blob.Key.StartsWith(folder + "/", StringComparison.Ordinal))
                .Select(blob => new RecordedFile(RecordedFileKind.Track, blob.Key, "video/webm", blob.Value, "")),
        ]);
    }

    public Task DeleteFolderAsync(string folder, CancellationToken cancellationToken) =>
        DeleteAsync(Blobs.Keys.Where(name => name.StartsWith(folder + "/", StringComparison.Ordinal)), default);

    public Task DeleteAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        ThrowIfDown();
        foreach (var name in names.ToList())
        {
            Blobs.Remove(name);
        }

        return Task.CompletedTask;
    }

    private void ThrowIfDown()
    {
        if (IsDown)
        {
            throw new StorageUnavailableException("Blob storage does not answer.");
        }
    }
}
