/*  I420: Y, one byte per pixel; then U, then V, one byte per two pixels by two

    +----------------+--------+--------+
    | Y  w * h bytes | U  w/2 * h/2    | V  w/2 * h/2
    +----------------+--------+--------+
*/
using EventMeet.Recorder.Composition.Planning;

namespace EventMeet.Recorder.Composition.Drawing;

/// <summary>The film's current frame. What is not painted anew stays.</summary>
/// <param name="width">Even.</param>
/// <param name="height">Even.</param>
internal sealed class Canvas(int width, int height)
{
    // A picture that is this much smaller than its place was scaled to fit it: proportions are rounded to pixels.
    private const int RoundingPixels = 4;

    private const byte WhiteLuma = 235;
    private const byte BlackLuma = 16;
    private const byte NoChroma = 128;

    private readonly Picture _frame = new(width, height, 0);

    /// <summary>Gets the frame, as an encoder takes it.</summary>
    public ReadOnlyMemory<byte> Frame => _frame.Pixels;

    /// <summary>Gets all of it.</summary>
    public PixelRect All => new(0, 0, _frame.Width, _frame.Height);

    /// <summary>Fills a place with a colour.</summary>
    public void Fill(in PixelRect place, YuvColour colour)
    {
        for (var plane = 0; plane < 3; plane++)
        {
            var value = plane switch
            {
                0 => colour.Y,
                1 => colour.U,
                _ => colour.V,
            };
            var target = _frame.Plane(plane);
            var (x, y, columns, rows) = InPlane(place, plane);
            for (var row = 0; row < rows; row++)
            {
                target.Row(y + row, x, columns).Fill(value);
            }
        }
    }

    /// <summary>Paints a picture into the middle of a place, whole and undistorted, with bars beside it.</summary>
    public void Paint(in PixelRect place, Picture picture)
    {
        var inner = place.Fit(picture.Width, picture.Height);
        if (inner.Width == 0 || inner.Height == 0)
        {
            Fill(place, YuvColour.Bars);
            return;
        }

        var fits =
            picture.Width <= place.Width
            && picture.Height <= place.Height
            && inner.Width - picture.Width <= RoundingPixels
            && inner.Height - picture.Height <= RoundingPixels;
        if (fits && ((picture.Width | picture.Height) & 1) == 0)
        {
            inner = new(
                place.X + ((place.Width - picture.Width) / 2 & ~1),
                place.Y + ((place.Height - picture.Height) / 2 & ~1),
                picture.Width,
                picture.Height
            );
        }

        FillAround(place, inner);
        for (var plane = 0; plane < 3; plane++)
        {
            Copy(picture.Plane(plane), _frame.Plane(plane), InPlane(inner, plane));
        }
    }

    /// <summary>Writes a label onto a place: white letters in a darkened box.</summary>
    /// <param name="place">Where; what does not fit in is left out.</param>
    /// <param name="label">The letters.</param>
    public void Write(in PixelRect place, NameLabel label)
    {
        var columns = Math.Min(place.Width, label.Width);
        var rows = Math.Min(place.Height, label.Height);
        var luma = _frame.Plane(0);
        for (var y = 0; y < rows; y++)
        {
            var row = luma.Row(place.Y + y, place.X, columns);
            var letters = label.Row(y)[..columns];
            for (var x = 0; x < columns; x++)
            {
                var dark = BlackLuma + (row[x] - BlackLuma) * 2 / 5;
                row[x] = (byte)(dark + (WhiteLuma - dark) * letters[x] / 255);
            }
        }

        for (var plane = 1; plane < 3; plane++)
        {
            var chroma = _frame.Plane(plane);
            for (var y = 0; y < rows / 2; y++)
            {
                var row = chroma.Row(place.Y / 2 + y, place.X / 2, columns / 2);
                var letters = label.Row(y * 2);
                for (var x = 0; x < row.Length; x++)
                {
                    var grey = (row[x] - NoChroma) * 2 / 5;
                    row[x] = (byte)(NoChroma + grey * (255 - letters[x * 2]) / 255);
                }
            }
        }
    }

    private void FillAround(in PixelRect place, in PixelRect inner)
    {
        Fill(place with { Height = inner.Y - place.Y }, YuvColour.Bars);
        Fill(place with { Y = inner.Bottom, Height = place.Bottom - inner.Bottom }, YuvColour.Bars);
        Fill(inner with { X = place.X, Width = inner.X - place.X }, YuvColour.Bars);
        Fill(inner with { X = inner.Right, Width = place.Right - inner.Right }, YuvColour.Bars);
    }

    private static void Copy(Plane source, Plane target, (int X, int Y, int Columns, int Rows) place)
    {
        for (var y = 0; y < place.Rows; y++)
        {
            var to = target.Row(place.Y + y, place.X, place.Columns);
            if ((source.Width, source.Height) == (place.Columns, place.Rows))
            {
                source.Row(y, 0, place.Columns).CopyTo(to);
                continue;
            }

            Scale(source, to, y, place.Rows);
        }
    }

    // For the few frames between a change of scene and the next picture that the decoder scales; bilinear, 8 bits of fraction.
    private static void Scale(Plane source, Span<byte> to, int y, int rows)
    {
        const int One = 256;
        var (top, yPart) = Math.DivRem((int)((long)y * (source.Height - 1) * One / Math.Max(1, rows - 1)), One);
        var above = source.Row(top, 0, source.Width);
        var below = source.Row(Math.Min(top + 1, source.Height - 1), 0, source.Width);
        for (var x = 0; x < to.Length; x++)
        {
            var (left, xPart) = Math.DivRem(
                (int)((long)x * (source.Width - 1) * One / Math.Max(1, to.Length - 1)),
                One
            );
            var right = Math.Min(left + 1, source.Width - 1);
            var upper = above[left] * (One - xPart) + above[right] * xPart;
            var lower = below[left] * (One - xPart) + below[right] * xPart;
            to[x] = (byte)((upper * (One - yPart) + lower * yPart) / (One * One));
        }
    }

    private static (int X, int Y, int Columns, int Rows) InPlane(in PixelRect place, int plane) =>
        plane == 0
            ? (place.X, place.Y, place.Width, place.Height)
            : (place.X / 2, place.Y / 2, place.Width / 2, place.Height / 2);
}
