using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;

namespace EventMeet.Testing.Content;

/// <summary>Moving pictures that a decoder takes, in VP8. No two are equal.</summary>
internal sealed class EncodedFilm
{
    // 32 bytes of file header; then per frame size (32), timestamp (64), data; little-endian.
    private const int FileHeader = 32;
    private const int FrameHeader = 12;

    private EncodedFilm(List<ReadOnlyMemory<byte>> pictures) => Pictures = pictures;

    /// <summary>Gets the pictures; the first is a key frame.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Pictures { get; }

    /// <summary>Has ffmpeg encode a film.</summary>
    /// <param name="seconds">How long it is.</param>
    /// <param name="framesPerSecond">Also sets how often a key frame comes: every second.</param>
    public static EncodedFilm Encode(int seconds, int framesPerSecond)
    {
        var arguments = string.Create(
            CultureInfo.InvariantCulture,
            $"-v error -f lavfi -i testsrc2=size=320x180:rate={framesPerSecond}:duration={seconds} -c:v libvpx -deadline realtime -cpu-used 8 -lag-in-frames 0 -b:v 400k -g {framesPerSecond} -f ivf -"
        );
        using var ffmpeg = Process.Start(
            new ProcessStartInfo("ffmpeg", arguments) { RedirectStandardOutput = true, UseShellExecute = false }
        )!;
        using var output = new MemoryStream();
        ffmpeg.StandardOutput.BaseStream.CopyTo(output);
        ffmpeg.WaitForExit();
        var (file, pictures) = (output.ToArray().AsMemory(), new List<ReadOnlyMemory<byte>>());
        for (var offset = FileHeader; offset < file.Length; )
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(file.Span[offset..]);
            pictures.Add(file.Slice(offset + FrameHeader, length));
            offset += FrameHeader + length;
        }

        return new(pictures);
    }

    /// <summary>Says which picture comes next.</summary>
    /// <param name="last">The one before; -1 for none.</param>
    /// <param name="mustBeKey">Skip to the next key frame.</param>
    public (int Picture, bool IsKey) Next(int last, bool mustBeKey)
    {
        var next = last;
        do
        {
            next = (next + 1) % Pictures.Count;
        } while (mustBeKey && !IsKey(next));

        return (next, IsKey(next));
    }

    // RFC 6386 section 9.1: the first bit of a frame is 0 in key frames.
    private bool IsKey(int picture) => (Pictures[picture].Span[0] & 1) == 0;
}
