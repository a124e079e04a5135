using EventMeet.Recorder.Storage;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Recordings;

/// <summary>Looks at what is stored, byte for byte, before anybody is told that it is there.</summary>
/// <param name="store">Where the files are.</param>
/// <param name="space">Where they are looked at.</param>
/// <param name="probe">Looks into them.</param>
internal sealed class FileVerification(IRecordingStore store, WorkSpace space, ITrackProbe probe) : IDisposable
{
    // Finishing recordings must not take the machine from those that go on.
    private readonly SemaphoreSlim _turns = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>Verifies a file.</summary>
    /// <param name="name">The blob's name.</param>
    /// <param name="track">What it should hold.</param>
    /// <param name="file">What the timeline says of it.</param>
    /// <param name="written">What was stored, as its writer knows it; null when that was another recorder.</param>
    /// <param name="stopping">The recorder stops.</param>
    /// <returns>Null when there is no such file, and need not be one.</returns>
    public async Task<VerifiedFile?> VerifyAsync(
        string name,
        TimelineTrack track,
        TimelineFile file,
        StoredFile? written,
        CancellationToken stopping
    )
    {
        await _turns.WaitAsync(stopping);
        try
        {
            using var folder = await space.RentAsync(Math.Max(written?.Bytes ?? 0, file.Bytes), stopping);
            var path = Path.Combine(folder.Path, file.Name);
            var sha256 = await store.DownloadAsync(name, path, stopping);
            if (sha256 is null || (written is null && new FileInfo(path).Length == 0))
            {
                return written is { Bytes: > 0 } ? Missing(written) : null;
            }

            var bytes = new FileInfo(path).Length;
            if (
                written is not null
                && (written.Bytes != bytes || !string.Equals(written.Sha256, sha256, StringComparison.Ordinal))
            )
            {
                return new(bytes, sha256, null, null, null, null, "What is stored is not what was sent.");
            }

            var found = await probe.ProbeAsync(path, track, file, isWhole: written is not null, stopping);
            return found with { Bytes = bytes, Sha256 = sha256 };
        }
        finally
        {
            _ = _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();

    private static VerifiedFile Missing(StoredFile written) =>
        new(written.Bytes, written.Sha256, null, null, null, null, "The file is gone from storage.");
}

/// <summary>Looks into a file.</summary>
internal interface ITrackProbe
{
    /// <summary>Finds out what is in a file, and whether a player can play it.</summary>
    /// <param name="path">A local copy.</param>
    /// <param name="track">What it should hold.</param>
    /// <param name="file">How long it should be.</param>
    /// <param name="isWhole">False when its recorder was lost, and how it ends is not known.</param>
    /// <param name="stopping">The recorder stops.</param>
    Task<VerifiedFile> ProbeAsync(
        string path,
        TimelineTrack track,
        TimelineFile file,
        bool isWhole,
        CancellationToken stopping
    );
}
