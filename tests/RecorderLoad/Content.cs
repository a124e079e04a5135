using System.Buffers.Binary;
using System.Diagnostics;

namespace EventMeet.RecorderLoad;

/// <summary>Four seconds of moving pictures.</summary>
internal static class Content
{
    // 32 bytes of file header; then per frame size (32), timestamp (64), data; little-endian.
    private const int FileHeader = 32;
    private const int FrameHeader = 12;

    /// <summary>Has ffmpeg encode them as VP8.</summary>
    /// <param name="bitsPerSecond">On average.</param>
    public static List<ReadOnlyMemory<byte>> Encode(int bitsPerSecond)
    {
        var arguments =
            $"-v error -f lavfi -i testsrc2=size=640x360:rate=30:duration=4 -c:v libvpx -deadline realtime -cpu-used 8 "
            + $"-lag-in-frames 0 -b:v {bitsPerSecond} -minrate {bitsPerSecond} -maxrate {bitsPerSecond} -g 120 -f ivf -";
        using var ffmpeg = Process.Start(
            new ProcessStartInfo("ffmpeg", arguments) { RedirectStandardOutput = true, UseShellExecute = false }
        )!;
        using var output = new MemoryStream();
        ffmpeg.StandardOutput.BaseStream.CopyTo(output);
        ffmpeg.WaitForExit();
        var (file, frames) = (output.ToArray().AsMemory(), new List<ReadOnlyMemory<byte>>());
        for (var offset = FileHeader; offset < file.Length; )
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(file.Span[offset..]);
            frames.Add(file.Slice(offset + FrameHeader, length));
            offset += FrameHeader + length;
        }

        return frames;
    }
}
