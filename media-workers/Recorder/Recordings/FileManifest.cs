using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Recordings;

/// <summary>Says what a finished recording left, as the functions want to know it.</summary>
internal static class FileManifest
{
    // A message has room for 256 KB; where so much was lost the timeline has the rest.
    private const int MaxGaps = 50;
    private const int MaxFilesWithGaps = 200;

    /// <summary>Lists the files of a finished timeline.</summary>
    /// <param name="folder">The recording's.</param>
    /// <param name="timeline">Complete.</param>
    /// <param name="verified">What verification found out, by file name.</param>
    public static List<RecordedFile> List(
        string folder,
        RecordingTimeline timeline,
        IReadOnlyDictionary<string, VerifiedFile> verified
    )
    {
        var identities = timeline.Participants.ToDictionary(known => known.Id, known => known.Identity);
        var files = new List<RecordedFile>();
        foreach (var track in timeline.Tracks)
        {
            foreach (var file in track.Files)
            {
                if (!verified.TryGetValue(file.Name, out var found))
                {
                    continue;
                }

                files.Add(
                    new(
                        RecordedFileKind.Track,
                        $"{folder}/{file.Name}",
                        ContentTypeOf(file.Name, track.Kind),
                        found.Bytes,
                        found.Sha256
                    )
                    {
                        Participant = track.Participant,
                        Identity = identities.GetValueOrDefault(track.Participant),
                        Track = track.Id,
                        Source = track.Source,
                        Codecs = found.Codecs,
                        DurationMs = file.ToMs - file.FromMs,
                        StartedAt = timeline.StartedAt.AddMilliseconds(file.FromMs),
                        Width = found.Width,
                        Height = found.Height,
                        Gaps = files.Count < MaxFilesWithGaps ? GapsOf(track, file) : null,
                    }
                );
            }
        }

        return files;
    }

    private static List<RecordedGap>? GapsOf(TimelineTrack track, TimelineFile file)
    {
        // Those behind its end, too, up to the next file.
        var gaps = track
            .Gaps.Where(gap => track.Files.LastOrDefault(begun => begun.FromMs <= gap.FromMs) == file)
            .Take(MaxGaps)
            .Select(gap => new RecordedGap(gap.FromMs, gap.ToMs))
            .ToList();
        return gaps.Count > 0 ? gaps : null;
    }

    private static string ContentTypeOf(string name, MediaKind kind) =>
        name.EndsWith(".mkv", StringComparison.Ordinal) ? "video/matroska"
        : kind is MediaKind.Audio ? "audio/webm"
        : "video/webm";
}

/// <summary>A stored file that was looked at.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Of these bytes, lower-case hexadecimal.</param>
/// <param name="Duration">How long it plays; null when that could not be found out.</param>
/// <param name="Width">Of its first picture; null where there is none.</param>
/// <param name="Height">Of its first picture; null where there is none.</param>
/// <param name="Codecs">As ffprobe names them.</param>
/// <param name="Fault">What is wrong with it; null when nothing is.</param>
internal sealed record VerifiedFile(
    long Bytes,
    string Sha256,
    TimeSpan? Duration,
    int? Width,
    int? Height,
    IReadOnlyList<string>? Codecs,
    string? Fault
);
