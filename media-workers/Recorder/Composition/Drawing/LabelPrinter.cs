using System.Globalization;
using System.Text;
using EventMeet.Recorder.Composition.Planning;
using EventMeet.Recorder.Composition.Running;

namespace EventMeet.Recorder.Composition.Drawing;

/// <summary>
/// Has ffmpeg draw lines of text. Each text is in a file of its own, which ffmpeg takes as it is, so that nothing in it can be read as
/// part of a filter.
/// </summary>
/// <param name="options">Which program and font.</param>
/// <param name="folder">For the files.</param>
internal sealed class LabelPrinter(CompositionOptions options, string folder)
{
    // As many filters in one chain; ffmpeg is started again for more.
    private const int MaxAtOnce = 50;

    private int _files;

    /// <summary>Draws lines of text.</summary>
    /// <param name="keys">Each once.</param>
    /// <param name="watch">Stops it.</param>
    public async Task<IReadOnlyDictionary<LabelKey, NameLabel>> PrintAsync(IEnumerable<LabelKey> keys, JobWatch watch)
    {
        var labels = new Dictionary<LabelKey, NameLabel>();
        foreach (var alike in keys.GroupBy(key => (key.FontSize, key.MaxWidth)))
        {
            foreach (var some in alike.Chunk(MaxAtOnce))
            {
                await PrintAsync(some, labels, watch.Token);
                watch.Moved();
            }
        }

        return labels;
    }

    private async Task PrintAsync(
        LabelKey[] keys,
        Dictionary<LabelKey, NameLabel> labels,
        CancellationToken cancellationToken
    )
    {
        var (fontSize, maxWidth) = (keys[0].FontSize, keys[0].MaxWidth);
        var margin = Math.Max(2, fontSize / 3);
        var height = (fontSize * 8 / 5 + 1) & ~1;
        var filters = new StringBuilder("format=gray");
        string[] texts = ["…", .. keys.Select(key => key.Text)];
        for (var position = 0; position < texts.Length; position++)
        {
            var file = string.Create(CultureInfo.InvariantCulture, $"label-{_files++}.txt");
            await File.WriteAllTextAsync(Path.Combine(folder, file), texts[position], cancellationToken);
            filters.Append(
                CultureInfo.InvariantCulture,
                $",drawtext=textfile={file}:expansion=none:{Font(texts[position])}:fontsize={fontSize}:fontcolor=white:x={margin}:y=(h-text_h)/2:enable=eq(n\\,{position})"
            );
        }

        string[] arguments =
        [
            "-f",
            "lavfi",
            "-i",
            string.Create(CultureInfo.InvariantCulture, $"color=c=black:s={maxWidth}x{height}:r=1"),
            "-vf",
            filters.ToString(),
            "-frames:v",
            texts.Length.ToString(CultureInfo.InvariantCulture),
            "-pix_fmt",
            "gray",
            "-f",
            "rawvideo",
            "pipe:1",
        ];
        await using var ffmpeg = MediaTool.Start(options, folder, arguments);
        var drawn = new byte[maxWidth * height];
        NameLabel? ellipsis = null;
        for (var position = 0; position < texts.Length; position++)
        {
            var read = await ffmpeg.Output.ReadAtLeastAsync(drawn, drawn.Length, false, cancellationToken);
            if (read < drawn.Length)
            {
                break;
            }

            var label = NameLabel.Cut(maxWidth, height, drawn, margin, ellipsis);
            if (position == 0)
            {
                ellipsis = label;
            }
            else
            {
                labels[keys[position - 1]] = label;
            }
        }

        await ffmpeg.SucceedAsync("names were drawn", cancellationToken);
    }

    // Fontconfig looks for a family that has the characters which this one lacks.
    private string Font(string text)
    {
        var unusual = text.EnumerateRunes()
            .Select(rune => rune.Value)
            .Where(value => value > 0x24F)
            .Distinct()
            .Select(value => value.ToString("x", CultureInfo.InvariantCulture))
            .ToList();
        return unusual.Count == 0
            ? $"font='{options.Font}'"
            : $"font='{options.Font}\\:charset={string.Join(' ', unusual)}'";
    }
}
