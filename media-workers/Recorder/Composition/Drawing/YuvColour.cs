using System.Globalization;

namespace EventMeet.Recorder.Composition.Drawing;

/// <summary>A colour as video stores it: BT.601, limited range, as browsers send it.</summary>
internal readonly record struct YuvColour(byte Y, byte U, byte V)
{
    /// <summary>Gets what a tile without a picture is filled with.</summary>
    public static YuvColour Tile { get; } = FromRgb(0x2B, 0x30, 0x3A);

    /// <summary>Gets what is beside a picture of other proportions.</summary>
    public static YuvColour Bars { get; } = FromRgb(0, 0, 0);

    /// <summary>Reads "#rrggbb".</summary>
    /// <returns>False if it is not that.</returns>
    public static bool TryParse(string text, out YuvColour colour)
    {
        colour = Bars;
        if (
            text is not ['#', .. { Length: 6 } digits]
            || !int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var rgb)
        )
        {
            return false;
        }

        colour = FromRgb((byte)(rgb >> 16), (byte)(rgb >> 8), (byte)rgb);
        return true;
    }

    // ITU-R BT.601-7 section 2.5: luma 16 to 235, colour differences 16 to 240 around 128.
    private static YuvColour FromRgb(byte red, byte green, byte blue)
    {
        var luma = 0.299 * red + 0.587 * green + 0.114 * blue;
        return new(
            (byte)Math.Round(16 + luma * 219 / 255),
            (byte)Math.Round(128 + (blue - luma) / 1.772 * 224 / 255),
            (byte)Math.Round(128 + (red - luma) / 1.402 * 224 / 255)
        );
    }
}
