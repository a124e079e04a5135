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
    public static NameLabel Cut(int stride, int height, ReadOnlySpan<byte> drawn, int margin)
    {
        var last = 0;
        for (var y = 0; y < height; y++)
        {
            last = Math.Max(last, drawn.Slice(y * stride, stride).LastIndexOfAnyExcept((byte)0));
        }

        var width = Math.Min(stride, last + 1 + margin) & ~1;
        var coverage = new byte[width * height];
        for (var y = 0; y < height; y++)
        {
            drawn.Slice(y * stride, width).CopyTo(coverage.AsSpan(y * width));
        }

        return new(width, height, coverage);
    }
}
