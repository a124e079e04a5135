using System.Globalization;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Composition.Planning;
using EventMeet.Recorder.Composition.Running;
using FFMpegCore;

namespace EventMeet.Recorder.Composition.Drawing;

/// <summary>Keeps some frames while the film is painted and makes a poster and a contact sheet of them.</summary>
/// <param name="options">Which program.</param>
/// <param name="plan">The film.</param>
/// <param name="folder">The work folder.</param>
internal sealed class StillCutter(CompositionOptions options, CompositePlan plan, string folder)
{
    private const string PosterFile = "poster.jpg";
    private const string SheetFile = "contact-sheet.jpg";
    private const int Columns = 4;
    private const int MaxRows = 4;
    private const int SheetWidth = 1280; // pixels

    private readonly SortedSet<int> _sheetFrames =
    [
        .. Enumerable
            .Range(0, Columns * MaxRows)
            .Select(still => (int)((still + 0.5) * plan.Clock.Frames / (Columns * MaxRows))),
    ];

    private readonly int _posterFrame = plan.PosterFrame;
    private readonly List<(RecordedFileKind Kind, string Name, int Width, int Height)> _made = [];

    /// <summary>Gets what was made; in the work folder.</summary>
    public IReadOnlyList<(RecordedFileKind Kind, string Name, int Width, int Height)> Made => _made;

    /// <summary>Keeps a frame if it is one of those.</summary>
    public async ValueTask HandleFrameAsync(int frame, ReadOnlyMemory<byte> pixels, CancellationToken cancellationToken)
    {
        if (frame == _posterFrame)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, "poster.yuv"), pixels, cancellationToken);
        }

        if (_sheetFrames.Contains(frame))
        {
            await File.AppendAllBytesAsync(Path.Combine(folder, "sheet.yuv"), pixels, cancellationToken);
        }
    }

    /// <summary>Makes both.</summary>
    public async Task CutAsync(CancellationToken cancellationToken)
    {
        var spec = plan.Spec;
        await MakeAsync("poster.yuv", PosterFile, "scale=out_range=pc", cancellationToken);
        _made.Add((RecordedFileKind.Poster, PosterFile, spec.Width, spec.Height));

        var columns = Math.Min(Columns, _sheetFrames.Count);
        var rows = (_sheetFrames.Count + columns - 1) / columns;
        var width = SheetWidth / Columns & ~1;
        var height = Math.Max(2, width * spec.Height / spec.Width & ~1);
        var filter = string.Create(
            CultureInfo.InvariantCulture,
            $"scale={width}:{height}:out_range=pc,tile={columns}x{rows}"
        );
        await MakeAsync("sheet.yuv", SheetFile, filter, cancellationToken);
        _made.Add((RecordedFileKind.ContactSheet, SheetFile, columns * width, rows * height));
    }

    private async Task MakeAsync(string raw, string output, string filter, CancellationToken cancellationToken)
    {
        var spec = plan.Spec;
        try
        {
            await FFMpegArguments
                .FromFileInput(
                    Path.Combine(folder, raw),
                    verifyExists: true,
                    input =>
                        input.WithCustomArgument(
                            string.Join(' ', FfmpegArguments.RawFrames(spec.Width, spec.Height, spec.FramesPerSecond))
                        )
                )
                .OutputToFile(
                    Path.Combine(folder, output),
                    overwrite: true,
                    jpeg => jpeg.WithCustomArgument($"-vf {filter} -frames:v 1 -q:v 3 -f image2 -update 1")
                )
                .CancellableThrough(cancellationToken)
                .ProcessAsynchronously(true, new FFOptions { BinaryFolder = options.FfmpegFolder }, cancellationToken);
        }
        catch (FFMpegCore.Exceptions.FFMpegException e)
        {
            throw new CompositionException(CompositeFault.EncoderFailed, "The film's stills could not be made.", e)
            {
                Details = e.Message,
            };
        }
    }
}
