using System.Globalization;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Composition.Running;
using FFMpegCore;

namespace EventMeet.Recorder.Verification;

/// <summary>
/// Says whether a film is what was ordered: streams, codecs, size, rate, length, beginnings side by side, first and last second decodable.
/// </summary>
/// <param name="options">Which programs.</param>
internal sealed class CompositeVerifier(CompositionOptions options)
{
    // What an ear and an eye put up with; an AAC frame is 21 ms.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan Sample = TimeSpan.FromSeconds(1);

    private readonly MediaProbe _probe = new(options);

    /// <summary>Verifies it.</summary>
    /// <param name="path">The film.</param>
    /// <param name="spec">What was ordered.</param>
    /// <param name="length">How long it has to be.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Verdict> VerifyAsync(
        string path,
        CompositeSpec spec,
        TimeSpan length,
        CancellationToken cancellationToken
    )
    {
        if (!File.Exists(path))
        {
            return new(["There is no file."], 0, "");
        }

        var (bytes, sha256) = await MediaProbe.HashAsync(path, cancellationToken);
        if (await _probe.AnalyseAsync(path, cancellationToken) is not { } media)
        {
            return new(["It is no media file."], bytes, sha256);
        }

        var reasons = new List<string>();
        CheckStreams(reasons, media, spec);
        CheckTimes(reasons, media, length);
        var streams = spec.Format == CompositeFormat.M4a ? 1 : 2;
        await CheckDecodableAsync(reasons, path, "first", null, streams, cancellationToken);
        if (media.Duration > Sample)
        {
            await CheckDecodableAsync(reasons, path, "last", media.Duration - Sample, streams, cancellationToken);
        }

        return new(reasons, bytes, sha256)
        {
            Duration = media.Duration,
            Width = media.PrimaryVideoStream?.Width,
            Height = media.PrimaryVideoStream?.Height,
            Codecs =
            [
                .. media.VideoStreams.Select(stream => stream.CodecName ?? "unknown"),
                .. media.AudioStreams.Select(stream => stream.CodecName ?? "unknown"),
            ],
        };
    }

    private static void CheckStreams(List<string> reasons, IMediaAnalysis media, CompositeSpec spec)
    {
        var (videoCodec, audioCodec) = spec.Format switch
        {
            CompositeFormat.Mp4 => ("h264", "aac"),
            CompositeFormat.WebM => ("vp9", "opus"),
            _ => (null, "aac"),
        };
        var video = media.PrimaryVideoStream;
        Check(
            reasons,
            string.Equals(video?.CodecName, videoCodec, StringComparison.Ordinal),
            $"The picture is {video?.CodecName ?? "missing"}."
        );
        if (videoCodec is not null && video is not null)
        {
            Check(
                reasons,
                (video.Width, video.Height) == (spec.Width, spec.Height),
                string.Create(CultureInfo.InvariantCulture, $"The picture is {video.Width} by {video.Height}.")
            );
            Check(
                reasons,
                Math.Abs(video.AverageFrameRate - spec.FramesPerSecond) < 0.5,
                string.Create(CultureInfo.InvariantCulture, $"The frame rate is {video.AverageFrameRate:F2}.")
            );
        }

        var audio = media.PrimaryAudioStream;
        Check(
            reasons,
            string.Equals(audio?.CodecName, audioCodec, StringComparison.Ordinal),
            $"The sound is {audio?.CodecName ?? "missing"}."
        );
        Check(reasons, audio is null or { SampleRateHz: 48_000, Channels: 2 }, "The sound is not stereo at 48 kHz.");
    }

    private static void CheckTimes(List<string> reasons, IMediaAnalysis media, TimeSpan length)
    {
        Check(
            reasons,
            (media.Duration - length).Duration() <= Tolerance,
            string.Create(
                CultureInfo.InvariantCulture,
                $"It plays for {media.Duration.TotalSeconds:F3} s, not {length.TotalSeconds:F3} s."
            )
        );
        if (media is { PrimaryVideoStream: { } video, PrimaryAudioStream: { } audio })
        {
            Check(
                reasons,
                (video.StartTime - audio.StartTime).Duration() <= Tolerance,
                "Picture and sound do not begin together."
            );
        }
    }

    private async Task CheckDecodableAsync(
        List<string> reasons,
        string path,
        string which,
        TimeSpan? from,
        int streams,
        CancellationToken cancellationToken
    )
    {
        var decoded = await _probe.DecodeAsync(path, from, Sample, soundFilter: null, cancellationToken);
        Check(reasons, decoded.Complaints.Length == 0, $"The {which} second does not decode: {decoded.Complaints}.");
        Check(reasons, decoded.Streams == streams, $"The {which} second lacks picture or sound.");
    }

    private static void Check(List<string> reasons, bool isGood, string reason)
    {
        if (!isGood)
        {
            reasons.Add(reason);
        }
    }
}
