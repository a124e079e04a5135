using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Azure.Storage.Blobs;
using EventMeet.Contracts.Messages;

namespace EventMeet.RecordingHosts;

/// <summary>A recording as it lies in storage, fetched and read by programs of others.</summary>
internal sealed class StoredRecording
{
    private StoredRecording(JsonElement timeline) => Timeline = timeline;

    /// <summary>Gets <c>timeline.json</c>.</summary>
    public JsonElement Timeline { get; }

    /// <summary>Gets the tracks' files, in order of time.</summary>
    public List<StoredTrackFile> Files { get; } = [];

    /// <summary>Gets what is not as the report says.</summary>
    public List<string> Complaints { get; } = [];

    public static async Task<StoredRecording> FetchAsync(HostsOptions options, RecordingFinished finished)
    {
        var container = new BlobContainerClient(options.Storage, "recordings");
        var found = new List<(RecordedFile File, byte[] Bytes)>();
        foreach (var file in finished.Files)
        {
            var content = await container.GetBlobClient(file.Name).DownloadContentAsync();
            found.Add((file, content.Value.Content.ToArray()));
        }

        var json = found.Single(entry => entry.File.Kind is RecordedFileKind.Timeline).Bytes;
        var recording = new StoredRecording(JsonDocument.Parse(json).RootElement);
        foreach (var (file, bytes) in found)
        {
            if (Convert.ToHexStringLower(SHA256.HashData(bytes)) != file.Sha256 || bytes.Length != file.Bytes)
            {
                recording.Complaints.Add($"{file.Name} is not what was reported");
            }

            if (file is { Kind: RecordedFileKind.Track, Track: { } track })
            {
                var path = Path.Combine(options.Work, Path.GetFileName(file.Name));
                await File.WriteAllBytesAsync(path, bytes);
                recording.Files.Add(new(file, track.Value, await FramesOfAsync(path)));
            }
        }

        recording.Files.Sort((one, other) => Nullable.Compare(one.Reported.StartedAt, other.Reported.StartedAt));
        return recording;
    }

    /// <summary>Has ffprobe hash every frame.</summary>
    private static async Task<List<string>> FramesOfAsync(string path)
    {
        var start = new ProcessStartInfo(
            "ffprobe",
            ["-v", "error", "-show_entries", "packet=data_hash", "-show_data_hash", "sha256", "-of", "csv=p=0", path]
        )
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var probe = Process.Start(start)!;
        var text = await probe.StandardOutput.ReadToEndAsync();
        await probe.WaitForExitAsync();
        return
        [
            .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].TrimEnd(',')),
        ];
    }
}

/// <summary>A file of one track.</summary>
/// <param name="Reported">What the recorder says of it.</param>
/// <param name="Track">Whose it is.</param>
/// <param name="Frames">The SHA-256 of every frame, in order.</param>
internal sealed record StoredTrackFile(RecordedFile Reported, string Track, IReadOnlyList<string> Frames)
{
    /// <summary>Finds the frames among those that were sent.</summary>
    /// <returns>When the first and the last were due, and which of those between are missing, counted from the first.</returns>
    public FoundFrames? FindIn(IEnumerable<SentFrame> sent)
    {
        var all = sent.Select(frame => (frame.At, Hash: Convert.ToHexStringLower(SHA256.HashData(frame.Content.Span))))
            .ToList();
        var start = Frames.Count == 0 ? -1 : all.FindIndex(frame => frame.Hash == Frames[0]);
        if (start < 0)
        {
            return null;
        }

        var (missing, next, last) = (new List<int>(), 0, start);
        for (var position = start; position < all.Count && next < Frames.Count; position++)
        {
            if (all[position].Hash == Frames[next])
            {
                (last, next) = (position, next + 1);
            }
            else
            {
                missing.Add(position - start);
            }
        }

        return new(all[start].At, all[last].At, missing, Frames.Count - next);
    }
}

/// <summary>Where a file's frames are among those that were sent.</summary>
/// <param name="From">When the first was due.</param>
/// <param name="To">When the last was due.</param>
/// <param name="Missing">Frames between them that are not in the file, counted from the first.</param>
/// <param name="Strange">How many of the file's frames were not sent, or not in this order.</param>
internal sealed record FoundFrames(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<int> Missing, int Strange)
{
    public bool IsWhole => Missing.Count == 0 && Strange == 0;

    public override string ToString() =>
        IsWhole ? "whole" : $"frames {string.Join(' ', Missing)} are missing, {Strange} are strange";
}
