using System.Globalization;
using System.Text;
using System.Threading.Channels;
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
    private const int PicturesAhead = 3;
    private const int LinesAhead = 256;

    private readonly CompositionOptions _options;
    private readonly IReadOnlyList<(TimelineFile File, string Path)> _files;
    private readonly IReadOnlyList<PictureSizeSpan> _sizes;
    private readonly string _workFolder;
    private readonly string _name;
    private readonly Channel<Picture> _ahead = Channel.CreateBounded<Picture>(PicturesAhead);
    private readonly CancellationTokenSource _closing = new();
    private Task? _decoding;

    /// <summary>Makes it; nothing is decoded before the first picture is asked for.</summary>
    /// <param name="options">Which program.</param>
    /// <param name="files">In order of time.</param>
    /// <param name="sizes">How large pictures are wanted, and when; in order. At other times they are made tiny.</param>
    /// <param name="workFolder">For the decoder's instructions.</param>
    /// <param name="name">Unlike that of other tracks in the work folder; letters and digits.</param>
    public TrackPictures(
        CompositionOptions options,
        IReadOnlyList<(TimelineFile File, string Path)> files,
        IReadOnlyList<PictureSizeSpan> sizes,
        string workFolder,
        string name
    )
    {
        _options = options;
        _files = files;
        _sizes = sizes;
        _workFolder = workFolder;
        _name = name;
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
        _decoding ??= DecodeAsync(_closing.Token);
        IsNew = false;
        while (await _ahead.Reader.WaitToReadAsync(watch.Token))
        {
            if (!_ahead.Reader.TryPeek(out var next) || next.AtMs > ms || !_ahead.Reader.TryRead(out next))
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
        await _closing.CancelAsync();
        if (_decoding is not null)
        {
            await _decoding.ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        while (_ahead.Reader.TryRead(out var picture))
        {
            picture.Release();
        }

        Current?.Release();
        Current = null;
        _closing.Dispose();
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
                $"{from:F4}-{(size.ToMs - fileFromMs) / 1000:F4} [enter] scale@cell w {size.Width}, [enter] scale@cell h {size.Height}, [leave] scale@cell w 2, [leave] scale@cell h 2;\n"
            );
        }

        return commands.Length > 0 ? commands.ToString() : "0 scale@cell w 2;\n";
    }

    private async Task DecodeAsync(CancellationToken closing)
    {
        try
        {
            for (var position = 0; position < _files.Count; position++)
            {
                await DecodeAsync(position, closing);
            }

            _ahead.Writer.Complete();
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            _ahead.Writer.TryComplete();
        }
        catch (Exception e) when (e is IOException or CompositionException)
        {
            _ahead.Writer.TryComplete(e);
        }
    }

    // A file that cannot be read on is over there: recorders are killed, and what they wrote is shown.
    private async Task DecodeAsync(int position, CancellationToken closing)
    {
        var (file, path) = _files[position];
        var sizesFile = string.Create(CultureInfo.InvariantCulture, $"sizes-{_name}-{position}.txt");
        await File.WriteAllTextAsync(Path.Combine(_workFolder, sizesFile), SizeCommands(_sizes, file.FromMs), closing);
        var lines = Channel.CreateBounded<PictureLine>(LinesAhead);
        var arguments = FfmpegArguments.DecodePictures(path, sizesFile);
        await using var ffmpeg = MediaTool.Start(
            _options,
            _workFolder,
            arguments,
            line =>
                DecoderLine.TryReadPicture(line, out var read)
                    ? lines.Writer.WriteAsync(read, closing)
                    : ValueTask.CompletedTask
        );
        _ = ffmpeg.Heard.ContinueWith(_ => lines.Writer.TryComplete(), TaskScheduler.Default);
        await foreach (var line in lines.Reader.ReadAllAsync(closing))
        {
            var picture = new Picture(line.Width, line.Height, file.FromMs + line.AtMs);
            var read = await ffmpeg.Output.ReadAtLeastAsync(picture.Pixels, picture.Pixels.Length, false, closing);
            if (read < picture.Pixels.Length)
            {
                picture.Release();
                break;
            }

            await _ahead.Writer.WriteAsync(picture, closing);
        }
    }
}

/// <summary>How large a track's pictures are wanted for a while.</summary>
/// <param name="FromMs">A place on the timeline.</param>
/// <param name="ToMs">The first place behind it.</param>
/// <param name="Width">In pixels, even.</param>
/// <param name="Height">In pixels, even.</param>
internal readonly record struct PictureSizeSpan(double FromMs, double ToMs, int Width, int Height);
