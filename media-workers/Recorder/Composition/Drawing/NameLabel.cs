namespace EventMeet.Recorder.Composition.Drawing;

/// <summary>A line of text as a mask: 0 beside the letters, 255 in them.</summary>
/// <param name="width">Even.</param>
/// <param name="height">Even.</param>
/// <param name="coverage">Row after row.</param>
internal sealed class NameLabel(int width, int height, byte[] coverage)
{
    public int Width { get; } = width;

    public int Height { get; } = height;

    public ReadOnlySpan<byte> Row(int y) => coverage.AsSpan(y * Width, Width);

    /// <summary>Cuts a drawn line down to its letters and what is left of them, with the same margin at the right.</summary>
    /// <param name="stride">The pixels in a row.</param>
    /// <param name="height">Even.</param>
    /// <param name="drawn">Row after row.</param>
    /// <param name="margin">In pixels.</param>
    /// <param name="ellipsis">Ends a line that did not fit, drawn the same way; null if such a line just ends.</param>
    public static NameLabel Cut(int stride, int height, ReadOnlySpan<byte> drawn, int margin, NameLabel? ellipsis)
    {
        var last = 0;
        for (var y = 0; y < height; y++)
        {
            last = Math.Max(last, drawn.Slice(y * stride, stride).LastIndexOfAnyExcept((byte)0));
        }

        var isCutOff = last + 1 + margin > stride && ellipsis is not null && ellipsis.Width < stride;
        var letters = isCutOff ? LastGap(stride, drawn, stride - ellipsis!.Width + margin, height) : last + 1;
        var width = Math.Min(stride, isCutOff ? letters + ellipsis!.Width - margin + 1 : letters + margin) & ~1;
        var coverage = new byte[width * height];
        for (var y = 0; y < height; y++)
        {
            var row = coverage.AsSpan(y * width, width);
            drawn.Slice(y * stride, Math.Min(letters, width)).CopyTo(row);
            if (isCutOff)
            {
                var dots = ellipsis!.Row(y)[margin..];
                dots[..Math.Min(dots.Length, width - letters)].CopyTo(row[letters..]);
            }
        }

        return new(width, height, coverage);
    }

    // Between two letters, if there is such a place; letters are not much wider than the line is high.
    private static int LastGap(int stride, ReadOnlySpan<byte> drawn, int end, int height)
    {
        for (var x = end; x > Math.Max(1, end - height); x--)
        {
            if (IsEmpty(stride, drawn, x - 1, height))
            {
                return x;
            }
        }

        return end;
    }

    private static bool IsEmpty(int stride, ReadOnlySpan<byte> drawn, int x, int height)
    {
        for (var y = 0; y < height; y++)
        {
            if (drawn[y * stride + x] != 0)
            {
                return false;
            }
        }

        return true;
    }
}
