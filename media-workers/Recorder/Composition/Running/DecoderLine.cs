using System.Globalization;

namespace EventMeet.Recorder.Composition.Running;

/// <summary>
/// Reads what ffmpeg's showinfo and ashowinfo filters say of each frame that they pass on. Raw frames on a pipe have neither times
/// nor sizes; these lines have them, in the same order.
/// </summary>
internal static class DecoderLine
{
    private const int LargestSide = 16_384;

    /// <summary>Reads <c>[…showinfo…] [info] n: 1 pts: 33 … s:640x360 …</c>.</summary>
    /// <param name="line">Any line.</param>
    /// <param name="picture">Its time in milliseconds since the file's timestamp 0, and its size.</param>
    /// <returns>False if it is another line.</returns>
    public static bool TryReadPicture(string line, out PictureLine picture)
    {
        picture = default;
        if (!IsOf(line, "showinfo") || !TryRead(line, " pts:", out var ms))
        {
            return false;
        }

        var size = Field(line, " s:");
        var cross = size.IndexOf('x');
        if (
            cross <= 0
            || !int.TryParse(size[..cross], NumberStyles.None, CultureInfo.InvariantCulture, out var width)
            || !int.TryParse(size[(cross + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var height)
            || width is < 1 or > LargestSide
            || height is < 1 or > LargestSide
        )
        {
            return false;
        }

        picture = new(ms, width, height);
        return true;
    }

    /// <summary>Reads <c>[…ashowinfo…] [info] n:1 pts:672 … channels:1 … nb_samples:960 …</c>.</summary>
    /// <param name="line">Any line.</param>
    /// <param name="sound">Its time in samples since the file's timestamp 0, and its size.</param>
    /// <returns>False if it is another line.</returns>
    public static bool TryReadSound(string line, out SoundLine sound)
    {
        sound = default;
        if (
            !IsOf(line, "ashowinfo")
            || !TryRead(line, " pts:", out var at)
            || !TryRead(line, " channels:", out var channels)
            || !TryRead(line, " nb_samples:", out var samples)
            || channels is < 1 or > 2
            || samples is < 1 or > 1 << 20
        )
        {
            return false;
        }

        sound = new(at, (int)channels, (int)samples);
        return true;
    }

    // "[Parsed_showinfo_2 @ 0x55…] [info] n: …"
    private static bool IsOf(string line, string filter) =>
        line.StartsWith("[Parsed_" + filter, StringComparison.Ordinal)
        && line.Contains("[info] n:", StringComparison.Ordinal);

    private static bool TryRead(string line, string name, out long value) =>
        long.TryParse(Field(line, name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    private static ReadOnlySpan<char> Field(string line, string name)
    {
        var start = line.IndexOf(name, StringComparison.Ordinal);
        if (start < 0)
        {
            return [];
        }

        var rest = line.AsSpan(start + name.Length).TrimStart(' ');
        var end = rest.IndexOf(' ');
        return end < 0 ? rest : rest[..end];
    }
}

/// <summary>What a decoder says of a picture.</summary>
/// <param name="AtMs">Milliseconds since the file's timestamp 0.</param>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
internal readonly record struct PictureLine(long AtMs, int Width, int Height);

/// <summary>What a decoder says of a piece of sound.</summary>
/// <param name="AtSample">Samples at 48 kHz since the file's timestamp 0.</param>
/// <param name="Channels">1 or 2.</param>
/// <param name="Samples">Per channel.</param>
internal readonly record struct SoundLine(long AtSample, int Channels, int Samples);
