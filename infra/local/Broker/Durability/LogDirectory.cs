using System.Globalization;
using EventMeet.Broker.Durability.Interop;

namespace EventMeet.Broker.Durability;

/// <summary>
/// The log's files: <c>snapshot-N</c> holds everything up to the start of <c>segment-N</c>; what came before either is
/// deleted once the snapshot is on disk.
/// </summary>
internal sealed class LogDirectory(string path) : IDisposable
{
    private const string SegmentPrefix = "segment-";
    private const string SnapshotPrefix = "snapshot-";
    private const string Suffix = ".log";
    private FileStream? _lock;

    internal string Path => path;

    /// <summary>Takes the directory for this process.</summary>
    /// <exception cref="IOException">Another broker has it, or it cannot be made.</exception>
    internal void Open()
    {
        Directory.CreateDirectory(path);
        _lock = new FileStream(
            System.IO.Path.Combine(path, "lock"),
            FileMode.OpenOrCreate,
            FileAccess.ReadWrite,
            FileShare.None
        );
    }

    public void Dispose() => _lock?.Dispose();

    internal string SegmentPath(long number) => PathOf(SegmentPrefix, number);

    internal string SnapshotPath(long number) => PathOf(SnapshotPrefix, number);

    internal IReadOnlyList<long> Segments() => NumbersOf(SegmentPrefix);

    internal IReadOnlyList<long> Snapshots() => NumbersOf(SnapshotPrefix);

    /// <summary>Makes new names and deletions survive a loss of power.</summary>
    internal void Sync() => DirectorySync.Sync(path);

    /// <summary>Deletes what a snapshot has made superfluous.</summary>
    internal void DeleteBefore(long number)
    {
        foreach (var old in Segments().Where(old => old < number))
        {
            File.Delete(SegmentPath(old));
        }

        foreach (var old in Snapshots().Where(old => old < number))
        {
            File.Delete(SnapshotPath(old));
        }

        Sync();
    }

    private string PathOf(string prefix, long number) =>
        System.IO.Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"{prefix}{number:D12}{Suffix}"));

    private List<long> NumbersOf(string prefix) =>
        [
            .. Directory
                .EnumerateFiles(path, prefix + "*" + Suffix)
                .Select(file => System.IO.Path.GetFileName(file)[prefix.Length..^Suffix.Length])
                .Where(text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                .Select(text => long.Parse(text, CultureInfo.InvariantCulture))
                .Order(),
        ];
}
