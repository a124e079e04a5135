using System.Buffers.Text;

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
    public static bool TryReadPicture(ReadOnlySpan<byte> line, out PictureLine picture)
    {
        picture = default;
        if (!IsOf(line, "[Parsed_showinfo"u8) || !TryRead(line, " pts:"u8, out var ms))
        {
            return false;
        }

        var size = Field(line, " s:"u8);
        var cross = size.IndexOf((byte)'x');
        if (
            cross <= 0
            || !TryParse(size[..cross], out var width)
            || !TryParse(size[(cross + 1)..], out var height)
            || width is < 1 or > LargestSide
            || height is < 1 or > LargestSide
        )
        {
            return false;
        }

        picture = new(ms, (int)width, (int)height);
        return true;
    }

    /// <summary>Reads <c>[…ashowinfo…] [info] n:1 pts:672 … channels:1 … nb_samples:960 …</c>.</summary>
    /// <param name="line">Any line.</param>
    /// <param name="sound">Its time in samples since the file's timestamp 0, and its size.</param>
    /// <returns>False if it is another line.</returns>
    public static bool TryReadSound(ReadOnlySpan<byte> line, out SoundLine sound)
    {
        sound = default;
        if (
            !IsOf(line, "[Parsed_ashowinfo"u8)
            || !TryRead(line, " pts:"u8, out var at)
            || !TryRead(line, " channels:"u8, out var channels)
            || !TryRead(line, " nb_samples:"u8, out var samples)
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
    private static bool IsOf(ReadOnlySpan<byte> line, ReadOnlySpan<byte> filter) =>
        line.StartsWith(filter) && line.IndexOf("[info] n:"u8) >= 0;

    private static bool TryRead(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, out long value) =>
        TryParse(Field(line, name), out value);

    private static bool TryParse(ReadOnlySpan<byte> field, out long value) =>
        Utf8Parser.TryParse(field, out value, out var read) && read == field.Length;

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name)
    {
        var start = line.IndexOf(name);
        if (start < 0)
        {
            return [];
        }

        var rest = line[(start + name.Length)..].TrimStart((byte)' ');
        var end = rest.IndexOf((byte)' ');
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
