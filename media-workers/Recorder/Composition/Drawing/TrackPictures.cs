using System.Globalization;
using System.Text;
using EventMeet.Recorder.Composition.Planning;
using EventMeet.Recorder.Composition.Running;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Composition.Drawing;

/// <summary>
/// A track's pictures in order of time, decoded once from its first file to its last, each scaled to the place that it will have. ffmpeg runs ahead
/// by a few pictures and waits while nobody looks.
/// </summary>
internal sealed class TrackPictures : IAsyncDisposable
{
    /// <summary>The longer side of pictures that nobody sees; the shorter must not come out as nothing.</summary>
    internal const int UnseenSide = 64;

    private const int PicturesAhead = 3;

    private readonly CompositionOptions _options;
    private readonly TimelineTrack _track;
    private readonly IReadOnlyList<(TimelineFile File, string Path)> _files;
    private readonly IReadOnlyList<PictureSizeSpan> _sizes;
    private readonly string _workFolder;
    private readonly string _name;
    private readonly CompositeNotes _notes;
    private ReadAhead<Picture>? _ahead;

    /// <summary>Makes it; nothing is decoded before the first picture is asked for.</summary>
    /// <param name="options">Which program.</param>
    /// <param name="track">What is told of it.</param>
    /// <param name="files">In order of time.</param>
    /// <param name="sizes">How large pictures are wanted, and when; in order. At other times they are made tiny.</param>
    /// <param name="workFolder">For the decoder's instructions.</param>
    /// <param name="name">Unlike that of other tracks in the work folder; letters and digits.</param>
    /// <param name="notes">Is told of files that break off.</param>
    public TrackPictures(
        CompositionOptions options,
        TimelineTrack track,
        IReadOnlyList<(TimelineFile File, string Path)> files,
        IReadOnlyList<PictureSizeSpan> sizes,
        string workFolder,
        string name,
        CompositeNotes notes
    )
    {
        _options = options;
        _track = track;
        _files = files;
        _sizes = sizes;
        _workFolder = workFolder;
        _name = name;
        _notes = notes;
    }

    /// <summary>Gets the latest picture that was asked for; null before the first.</summary>
    public Picture? Current { get; private set; }

    /// <summary>Gets a value indicating whether it is another one than before the last advance.</summary>
    public bool IsNew { get; private set; }

    /// <summary>Goes on to the last picture that is not later than a place.</summary>
    /// <param name="ms">A place on the timeline, in milliseconds; never goes back.</param>
    /// <param name="watch">Stops waiting for the decoder.</param>
    public async ValueTask AdvanceAsync(double ms, JobWatch watch)
    {
        _ahead ??= new(PicturesAhead, Decode, picture => picture.Release());
        IsNew = false;
        while (await _ahead.WaitAsync(watch.Token))
        {
            if (!_ahead.TryPeek(out var next) || next.AtMs > ms || !_ahead.TryTake(out next))
            {
                break;
            }

            Current?.Release();
            Current = next;
            IsNew = true;
            watch.Moved();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_ahead is not null)
        {
            await _ahead.DisposeAsync();
        }

        Current?.Release();
        Current = null;
    }

    /// <summary>What the decoder is told about sizes, in the file's own time: <c>from-to [enter] scale@cell w …, [enter] scale@cell h …;</c></summary>
    internal static string SizeCommands(IEnumerable<PictureSizeSpan> sizes, long fileFromMs)
    {
        var commands = new StringBuilder();
        foreach (var size in sizes.Where(size => size.ToMs > fileFromMs))
        {
            var from = Math.Max(0, size.FromMs - fileFromMs) / 1000;
            commands.Append(
                CultureInfo.InvariantCulture,
                $"{from:F4}-{(size.ToMs - fileFromMs) / 1000:F4} [enter] scale@cell w {size.Width}, [enter] scale@cell h {size.Height}, [leave] scale@cell w {UnseenSide}, [leave] scale@cell h {UnseenSide};\n"
            );
        }

        return commands.Length > 0
            ? commands.ToString()
            : string.Create(CultureInfo.InvariantCulture, $"0 scale@cell w {UnseenSide};\n");
    }

    private void Decode(Action<Picture> put, CancellationToken closing)
    {
        for (var position = 0; position < _files.Count; position++)
        {
            Decode(position, put, closing);
        }
    }

    // A file that cannot be read on is over there: recorders are killed, and what they wrote is shown.
    private void Decode(int position, Action<Picture> put, CancellationToken closing)
    {
        var (file, path) = _files[position];
        var sizesFile = string.Create(CultureInfo.InvariantCulture, $"sizes-{_name}-{position}.txt");
        File.WriteAllText(Path.Combine(_workFolder, sizesFile), SizeCommands(_sizes, file.FromMs));
        var arguments = FfmpegArguments.DecodePictures(path, sizesFile);
        using var ffmpeg = DecoderTool.Start(_options, _workFolder, arguments, closing);
        var reached = file.FromMs;
        while (ffmpeg.TryReadLine(out var line))
        {
            if (!DecoderLine.TryReadPicture(line, out var read))
            {
                continue;
            }

            var picture = new Picture(read.Width, read.Height, file.FromMs + read.AtMs);
            if (!ffmpeg.TryRead(picture.Pixels.Span))
            {
                picture.Release();
                break;
            }

            reached = Math.Max(reached, picture.AtMs);
            put(picture);
        }

        closing.ThrowIfCancellationRequested();
        _notes.HandleFileEnd(_track, file, reached, ffmpeg.Complaints);
    }
}

/// <summary>How large a track's pictures are wanted for a while.</summary>
/// <param name="FromMs">A place on the timeline.</param>
/// <param name="ToMs">The first place behind it.</param>
/// <param name="Width">In pixels, even.</param>
/// <param name="Height">In pixels, even.</param>
internal readonly record struct PictureSizeSpan(double FromMs, double ToMs, int Width, int Height);
