using System.Globalization;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Composition.Drawing;
using EventMeet.Recorder.Composition.Planning;

namespace EventMeet.Recorder.Composition.Running;

/// <summary>
/// What ffmpeg is told. Pure. No argument contains text that a stranger chose: track files are given as absolute paths with their protocol,
/// names only ever stand in files that ffmpeg reads.
/// </summary>
internal static class FfmpegArguments
{
    /// <summary>Decodes a track's pictures to raw frames, each scaled as the sizes' file says for its time, in its own time.</summary>
    /// <param name="path">The track's file.</param>
    /// <param name="sizesFile">A plain name in the working folder.</param>
    public static string[] DecodePictures(string path, string sizesFile) =>
        [
            .. DecodeInput(path, "0:v:0"),
            "-vf",
            $"sendcmd=f={sizesFile},"
                + $"scale@cell=w={Text(TrackPictures.UnseenSide)}:h={Text(TrackPictures.UnseenSide)}:"
                + "force_original_aspect_ratio=decrease:force_divisible_by=2:flags=bilinear:"
                + "out_color_matrix=bt601:out_range=tv,settb=1/1000,showinfo=checksum=0",
            "-fps_mode",
            "passthrough",
            // Else ffmpeg scales all frames to the first one's size when the source's changes.
            "-autoscale",
            "0",
            "-pix_fmt",
            "yuv420p",
            "-f",
            "rawvideo",
            .. Unbuffered,
            "pipe:1",
        ];

    /// <summary>Decodes a track's sound to raw samples, without filling gaps.</summary>
    /// <param name="path">The track's file.</param>
    public static string[] DecodeSound(string path) =>
        [
            .. DecodeInput(path, "0:a:0"),
            "-af",
            "aformat=sample_fmts=flt:sample_rates=48000:channel_layouts=mono|stereo,asettb=1/48000,ashowinfo",
            "-f",
            "f32le",
            .. Unbuffered,
            "pipe:1",
        ];

    /// <summary>Encodes the sound that comes on the standard input: 32-bit floats, 48 kHz, stereo.</summary>
    /// <param name="format">Decides the codec.</param>
    /// <param name="chaptersFile">Only for a film that is sound alone; else the pictures' step adds them. A name in the working folder.</param>
    /// <param name="output">A name in the working folder.</param>
    public static string[] EncodeSound(CompositeFormat format, string? chaptersFile, string output) =>
        [
            "-f",
            "f32le",
            "-ar",
            "48000",
            "-ac",
            "2",
            "-i",
            "pipe:0",
            .. chaptersFile is null ? (string[])[] : ["-f", "ffmetadata", "-i", chaptersFile],
            "-map",
            "0:a",
            "-map_metadata:g",
            "-1",
            .. chaptersFile is null ? (string[])[] : ["-map_chapters", "1"],
            // Many voices at once are louder than one may be.
            "-af",
            "alimiter=limit=0.9:attack=5:release=50:level=disabled:latency=enabled",
            .. format == CompositeFormat.WebM
                ? (string[])["-c:a", "libopus", "-b:a", "96k", "-f", "webm"]
                : ["-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart", "-f", "mp4"],
            "-y",
            output,
        ];

    /// <summary>Encodes the frames that come on the standard input and puts the sound beside them.</summary>
    /// <param name="spec">Size, rate and format.</param>
    /// <param name="soundFile">Already encoded; a name in the working folder.</param>
    /// <param name="chaptersFile">A name in the working folder.</param>
    /// <param name="output">A name in the working folder.</param>
    public static string[] EncodeFilm(CompositeSpec spec, string soundFile, string chaptersFile, string output) =>
        [
            .. RawFrames(spec.Width, spec.Height, spec.FramesPerSecond),
            "-i",
            "pipe:0",
            "-i",
            soundFile,
            "-f",
            "ffmetadata",
            "-i",
            chaptersFile,
            "-map",
            "0:v",
            "-map",
            "1:a",
            "-map_metadata:g",
            "-1",
            "-map_chapters",
            "2",
            .. spec.Format == CompositeFormat.WebM ? Vp9(spec) : H264(),
            // A place to seek to every two seconds.
            "-g",
            Text(spec.FramesPerSecond * 2),
            "-pix_fmt",
            "yuv420p",
            "-color_range",
            "tv",
            "-colorspace",
            "smpte170m",
            "-color_primaries",
            "smpte170m",
            "-color_trc",
            "smpte170m",
            "-c:a",
            "copy",
            .. spec.Format == CompositeFormat.WebM
                ? (string[])["-f", "webm"]
                : ["-movflags", "+faststart", "-f", "mp4"],
            "-y",
            output,
        ];

    /// <summary>How raw frames are read.</summary>
    public static string[] RawFrames(int width, int height, int framesPerSecond) =>
        [
            "-f",
            "rawvideo",
            "-pixel_format",
            "yuv420p",
            "-video_size",
            $"{Text(width)}x{Text(height)}",
            "-framerate",
            Text(framesPerSecond),
        ];

    // DecoderTool reads a frame before it looks at what is said of the next.
    private static string[] Unbuffered => ["-flush_packets", "1"];

    // One thread: there are as many decoders as people, and a thread's worth of frames less to wait for.
    private static string[] DecodeInput(string path, string stream) =>
        ["-threads", "1", "-copyts", "-i", "file:" + path, "-map", stream];

    // x264's fastest, with the two things back that cost little and save most. Against superfast, two thirds of the work; for faces, as good and
    // two thirds of the size.
    private static string[] H264() =>
        [
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-crf",
            "23",
            "-profile:v",
            "high",
            "-x264-params",
            "cabac=1:no-deblock=0:deblock=0,0",
        ];

    private static string[] Vp9(CompositeSpec spec) =>
        [
            "-c:v",
            "libvpx-vp9",
            "-deadline",
            "realtime",
            "-cpu-used",
            "8",
            "-row-mt",
            "1",
            "-tile-columns",
            // A tile is 256 pixels wide at least.
            spec.Width >= 1024
                ? "2"
                : "1",
            "-threads",
            Text(Math.Clamp(Environment.ProcessorCount, 1, 8)),
            "-b:v",
            // 0.07 bits per pixel: 2 Mbit/s at 720p and 30 frames per second.
            Text((long)(spec.Width * spec.Height * 0.07 * spec.FramesPerSecond)),
        ];

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
