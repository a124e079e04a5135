using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Composition.Running;

/// <summary>Finds a track's files.</summary>
internal static class TrackFiles
{
    /// <summary>The files that hold something, in order of time, with their paths.</summary>
    /// <param name="track">The track.</param>
    /// <param name="folder">Where the timeline is.</param>
    /// <exception cref="CompositionException">One is missing, or its name leads out of the folder.</exception>
    public static IReadOnlyList<(TimelineFile File, string Path)> Of(TimelineTrack track, string folder)
    {
        var root = Path.GetFullPath(folder) + Path.DirectorySeparatorChar;
        var files = new List<(TimelineFile, string)>();
        foreach (var file in track.Files.OrderBy(file => file.FromMs))
        {
            var path = Path.GetFullPath(file.Name, root);
            if (!path.StartsWith(root, StringComparison.Ordinal))
            {
                throw new CompositionException(CompositeFault.BadSpec, "The timeline names a file outside its folder.");
            }

            if (File.Exists(path))
            {
                files.Add((file, path));
            }
            else if (file.Bytes > 0)
            {
                throw new CompositionException(
                    CompositeFault.FileMissing,
                    $"The file {file.Name} of track {track.Id} is missing."
                );
            }
        }

        return files;
    }
}
