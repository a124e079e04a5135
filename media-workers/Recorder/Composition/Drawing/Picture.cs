using System.Buffers;

namespace EventMeet.Recorder.Composition.Drawing;

/// <summary>A decoded picture of a track: planes Y, U, V without padding (I420). Whoever takes it out of a queue releases it.</summary>
internal sealed class Picture
{
    private readonly byte[] _pixels;

    /// <summary>Rents room for one; its pixels are not cleared.</summary>
    /// <param name="width">1 or more.</param>
    /// <param name="height">1 or more.</param>
    /// <param name="atMs">Its place on the timeline.</param>
    public Picture(int width, int height, long atMs)
    {
        Width = width;
        Height = height;
        AtMs = atMs;
        _pixels = ArrayPool<byte>.Shared.Rent(LengthOf(width, height));
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Gets its place on the timeline, in milliseconds.</summary>
    public long AtMs { get; }

    /// <summary>Gets all planes.</summary>
    public Memory<byte> Pixels => _pixels.AsMemory(0, LengthOf(Width, Height));

    /// <summary>One plane.</summary>
    /// <param name="plane">0 for Y, 1 for U, 2 for V.</param>
    public Plane Plane(int plane)
    {
        var (chromaWidth, chromaHeight) = ((Width + 1) / 2, (Height + 1) / 2);
        return plane == 0
            ? new(_pixels.AsSpan(0, Width * Height), Width, Height)
            : new(
                _pixels.AsSpan(Width * Height + (plane - 1) * chromaWidth * chromaHeight, chromaWidth * chromaHeight),
                chromaWidth,
                chromaHeight
            );
    }

    /// <summary>How many bytes a picture of this size has.</summary>
    public static int LengthOf(int width, int height) => width * height + 2 * ((width + 1) / 2) * ((height + 1) / 2);

    /// <summary>Gives its room back; it must not be used any more.</summary>
    public void Release() => ArrayPool<byte>.Shared.Return(_pixels);
}

/// <summary>One plane of a picture.</summary>
/// <param name="pixels">Row after row.</param>
/// <param name="width">Pixels in a row.</param>
/// <param name="height">Rows.</param>
internal readonly ref struct Plane(Span<byte> pixels, int width, int height)
{
    private readonly Span<byte> _pixels = pixels;

    public int Width { get; } = width;

    public int Height { get; } = height;

    /// <summary>Part of a row.</summary>
    public Span<byte> Row(int y, int x, int length) => _pixels.Slice(y * Width + x, length);
}
