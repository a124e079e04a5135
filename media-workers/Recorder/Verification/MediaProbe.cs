using System.Globalization;
using System.Security.Cryptography;
using EventMeet.Recorder.Composition.Running;
using FFMpegCore;
using FFMpegCore.Exceptions;

namespace EventMeet.Recorder.Verification;

/// <summary>Looks into a media file, with ffprobe and by decoding.</summary>
/// <param name="options">Which programs.</param>
internal sealed class MediaProbe(CompositionOptions options)
{
    /// <summary>What a file says of itself.</summary>
    /// <returns>Null if it is no media file.</returns>
    public async Task<IMediaAnalysis?> AnalyseAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var programs = new FFOptions { BinaryFolder = options.FfmpegFolder };
            return await FFProbe.AnalyseAsync(path, programs, cancellationToken: cancellationToken);
        }
        catch (Exception e) when (e is FFMpegException or FormatException or System.Text.Json.JsonException)
        {
            return null;
        }
    }

    /// <summary>Decodes part of a file and minds every error.</summary>
    /// <param name="path">The file.</param>
    /// <param name="from">Where to begin; null for the start.</param>
    /// <param name="length">How much; null for all that follows.</param>
    /// <param name="soundFilter">What ffmpeg does with sound that it has decoded; null for nothing.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What came out, and what is wrong.</returns>
    public async Task<Decoded> DecodeAsync(
        string path,
        TimeSpan? from,
        TimeSpan? length,
        string? soundFilter,
        CancellationToken cancellationToken
    )
    {
        string[] arguments =
        [
            "-xerror",
            "-copyts",
            .. from is { } start ? (string[])["-ss", Seconds(start)] : [],
            .. length is { } part ? (string[])["-t", Seconds(part)] : [],
            "-i",
            "file:" + Path.GetFullPath(path),
            "-map",
            "0:v?",
            "-map",
            "0:a?",
            "-fps_mode",
            "passthrough",
            .. soundFilter is null ? (string[])[] : ["-af", soundFilter],
            // "#tb 0: 1/1000" for each stream, then for each frame: stream, decoding time, presentation time, duration, …
            "-f",
            "framecrc",
            "pipe:1",
        ];
        return await ReadFramesAsync(arguments, countDuration: true, cancellationToken);
    }

    /// <summary>When the last packet is presented; reads the whole file, but decodes nothing.</summary>
    public async Task<TimeSpan> LastPacketAsync(string path, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            "-copyts",
            "-i",
            "file:" + Path.GetFullPath(path),
            "-map",
            "0",
            "-c",
            "copy",
            "-f",
            "framecrc",
            "pipe:1",
        ];
        return (await ReadFramesAsync(arguments, countDuration: false, cancellationToken)).End;
    }

    /// <summary>A file's SHA-256, in lower-case hexadecimal.</summary>
    public static async Task<(long Bytes, string Sha256)> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(path);
        var hash = await SHA256.HashDataAsync(stream, cancellationToken);
        return (stream.Length, Convert.ToHexStringLower(hash));
    }

    private async Task<Decoded> ReadFramesAsync(
        string[] arguments,
        bool countDuration,
        CancellationToken cancellationToken
    )
    {
        await using var ffmpeg = MediaTool.Start(options, Path.GetTempPath(), arguments);
        var ticks = new Dictionary<string, double>(StringComparer.Ordinal);
        var streams = new HashSet<string>(StringComparer.Ordinal);
        var end = TimeSpan.Zero;
        using var reader = new StreamReader(ffmpeg.Output);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith("#tb ", StringComparison.Ordinal))
            {
                var parts = line[4..].Split([':', '/'], StringSplitOptions.TrimEntries);
                ticks[parts[0]] = Number(parts[1]) / (double)Number(parts[2]);
                continue;
            }

            var fields = line.Split(',', StringSplitOptions.TrimEntries);
            if (fields.Length > 4 && ticks.TryGetValue(fields[0], out var tick))
            {
                streams.Add(fields[0]);
                var frameEnd = TimeSpan.FromSeconds(
                    (Number(fields[2]) + (countDuration ? Number(fields[3]) : 0)) * tick
                );
                end = frameEnd > end ? frameEnd : end;
            }
        }

        var code = await ffmpeg.WaitAsync(cancellationToken);
        return new(streams.Count, end, code == 0 ? ffmpeg.Complaints : $"{ffmpeg.Complaints} (ended with {code})");
    }

    private static long Number(string text) =>
        long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);
}

/// <summary>What came out of a decoder.</summary>
/// <param name="Streams">How many streams gave at least a frame.</param>
/// <param name="End">When the last frame ends.</param>
/// <param name="Complaints">What is wrong; empty if nothing is.</param>
internal sealed record Decoded(int Streams, TimeSpan End, string Complaints);
