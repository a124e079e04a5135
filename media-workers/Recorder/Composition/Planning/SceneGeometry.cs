using EventMeet.Contracts.Messages;

namespace EventMeet.Recorder.Composition.Planning;

/// <summary>Where the cells of a scene are. Pure; cells never overlap and never leave the canvas.</summary>
internal static class SceneGeometry
{
    /// <summary>How many cells there are at most; with more nobody could be recognised.</summary>
    public const int MaxCells = 25;

    // Of cells, not of what is in them: cameras are 16:9, what is not gets bars.
    private const int AspectWidth = 16;
    private const int AspectHeight = 9;

    /// <summary>How many cells fit beside a main one.</summary>
    public static int StripCapacity(int width, int height)
    {
        var (cellWidth, cellHeight, gap) = StripCell(width, height);
        return width >= height ? (height - gap) / (cellHeight + gap) : (width - gap) / (cellWidth + gap);
    }

    /// <summary>Everybody equally large, in rows; the last row is centred.</summary>
    /// <param name="width">The canvas's, even, 160 to 3840.</param>
    /// <param name="height">The canvas's, even, 90 to 2160.</param>
    /// <param name="count">How many cells, 0 to <see cref="MaxCells"/>.</param>
    public static IReadOnlyList<PixelRect> Grid(int width, int height, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxCells);
        if (count <= 1)
        {
            return count == 0 ? [] : [new(0, 0, width, height)];
        }

        var gap = Gap(width, height);
        var columns = Enumerable.Range(1, count).MaxBy(columns => GridCell(width, height, count, columns, gap).Width);
        var (cellWidth, cellHeight) = GridCell(width, height, count, columns, gap);
        var rows = Rows(count, columns);
        var top = Even((height - rows * cellHeight - (rows - 1) * gap) / 2);
        var cells = new List<PixelRect>(count);
        for (var row = 0; row < rows; row++)
        {
            var inRow = Math.Min(columns, count - row * columns);
            var left = Even((width - inRow * cellWidth - (inRow - 1) * gap) / 2);
            for (var column = 0; column < inRow; column++)
            {
                cells.Add(
                    new(left + column * (cellWidth + gap), top + row * (cellHeight + gap), cellWidth, cellHeight)
                );
            }
        }

        return cells;
    }

    /// <summary>The first cell large, the others in a strip: at the right of a wide canvas, at the bottom of a tall one.</summary>
    /// <param name="width">The canvas's, even.</param>
    /// <param name="height">The canvas's, even.</param>
    /// <param name="count">How many cells, 1 to <see cref="StripCapacity"/> + 1.</param>
    public static IReadOnlyList<PixelRect> MainAndStrip(int width, int height, int count)
    {
        if (count <= 1)
        {
            return Grid(width, height, count);
        }

        var (cellWidth, cellHeight, gap) = StripCell(width, height);
        var inStrip = count - 1;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(inStrip, StripCapacity(width, height), nameof(count));
        var isWide = width >= height;
        var cells = new List<PixelRect>(count)
        {
            isWide
                ? new(gap, gap, width - cellWidth - 3 * gap, height - 2 * gap)
                : new(gap, gap, width - 2 * gap, height - cellHeight - 3 * gap),
        };
        var start = isWide
            ? Even((height - inStrip * cellHeight - (inStrip - 1) * gap) / 2)
            : Even((width - inStrip * cellWidth - (inStrip - 1) * gap) / 2);
        for (var position = 0; position < inStrip; position++)
        {
            cells.Add(
                isWide
                    ? new(width - cellWidth - gap, start + position * (cellHeight + gap), cellWidth, cellHeight)
                    : new(start + position * (cellWidth + gap), height - cellHeight - gap, cellWidth, cellHeight)
            );
        }

        return cells;
    }

    /// <summary>Where cells are.</summary>
    /// <param name="layout">Who is seen where.</param>
    /// <param name="hasMain">Is the first cell large? Never in a grid.</param>
    /// <param name="width">The canvas's, even.</param>
    /// <param name="height">The canvas's, even.</param>
    /// <param name="count">How many.</param>
    public static IReadOnlyList<PixelRect> Arrange(
        CompositeLayout layout,
        bool hasMain,
        int width,
        int height,
        int count
    ) => layout != CompositeLayout.Grid && hasMain ? MainAndStrip(width, height, count) : Grid(width, height, count);

    // 8 pixels at 720p.
    private static int Gap(int width, int height) => Math.Max(2, Even(Math.Min(width, height) / 90));

    private static int Rows(int count, int columns) => (count + columns - 1) / columns;

    private static (int Width, int Height) GridCell(int width, int height, int count, int columns, int gap)
    {
        var rows = Rows(count, columns);
        var slotWidth = (width - (columns + 1) * gap) / columns;
        var slotHeight = (height - (rows + 1) * gap) / rows;
        var cell = new PixelRect(0, 0, Even(slotWidth), Even(slotHeight)).Fit(AspectWidth, AspectHeight);
        return (cell.Width, cell.Height);
    }

    // A fifth of the canvas, or less where the canvas is a band.
    private static (int Width, int Height, int Gap) StripCell(int width, int height)
    {
        var gap = Gap(width, height);
        var cell = (
            width >= height
                ? new PixelRect(0, 0, Even(width / 5), Even(height - 2 * gap))
                : new PixelRect(0, 0, Even(width - 2 * gap), Even(height / 5))
        ).Fit(AspectWidth, AspectHeight);
        return (cell.Width, cell.Height, gap);
    }

    private static int Even(int pixels) => Math.Max(0, pixels) & ~1;
}
