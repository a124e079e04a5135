namespace EventMeet.Recorder.Composition.Planning;

/// <summary>A place on the canvas, in pixels; all four numbers are even, because colour is stored for two pixels by two.</summary>
internal readonly record struct PixelRect(int X, int Y, int Width, int Height)
{
    /// <summary>Gets the first column to its right.</summary>
    public int Right => X + Width;

    /// <summary>Gets the first row below.</summary>
    public int Bottom => Y + Height;

    /// <summary>Have the two a pixel in common?</summary>
    public bool Overlaps(in PixelRect other) =>
        X < other.Right && other.X < Right && Y < other.Bottom && other.Y < Bottom;

    /// <summary>The largest place in the middle of this one that has the proportions of a picture.</summary>
    /// <param name="width">The picture's, more than 0.</param>
    /// <param name="height">The picture's, more than 0.</param>
    public PixelRect Fit(int width, int height)
    {
        var isWide = (long)width * Height >= (long)height * Width;
        var fitWidth = isWide ? Width : Even((long)Height * width / height);
        var fitHeight = isWide ? Even((long)Width * height / width) : Height;
        return new(X + Even((Width - fitWidth) / 2), Y + Even((Height - fitHeight) / 2), fitWidth, fitHeight);
    }

    private static int Even(long pixels) => (int)Math.Max(0, pixels) & ~1;
}
