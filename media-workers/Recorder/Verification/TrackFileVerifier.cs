using System.Globalization;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Composition.Running;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Verification;

/// <summary>
/// Says whether a track's file is what the timeline tells: stream, length, SHA-256, first and last second decodable. Such files have neither a
/// duration nor an index, because they are only ever appended to; their end is found by reading all of them.
/// </summary>
/// <param name="options">Which programs.</param>
internal sealed class TrackFileVerifier(CompositionOptions options)
{
    // The timeline counts whole milliseconds and the last frame's start; a frame of a slow camera lasts 200 ms.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(250);

    private readonly MediaProbe _probe = new(options);

    /// <summary>Verifies it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="track">Whose it is.</param>
    /// <param name="file">What the timeline says of it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Verdict> VerifyAsync(
        string path,
        TimelineTrack track,
        TimelineFile file,
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
        Check(reasons, file.Bytes == 0 || file.Bytes == bytes, "It has not as many bytes as the timeline says.");
        Check(
            reasons,
            file.Sha256 is null || string.Equals(file.Sha256, sha256, StringComparison.Ordinal),
            "Its bytes are not those that were stored."
        );
        var isVideo = track.Kind == MediaKind.Video;
        var codec = isVideo ? media.PrimaryVideoStream?.CodecName : media.PrimaryAudioStream?.CodecName;
        Check(reasons, codec is not null, isVideo ? "There is no picture in it." : "There is no sound in it.");
        var end = await _probe.LastPacketAsync(path, cancellationToken);
        var expected = TimeSpan.FromMilliseconds(file.ToMs - file.FromMs);
        Check(
            reasons,
            (end - expected).Duration() <= Tolerance,
            string.Create(
                CultureInfo.InvariantCulture,
                $"It plays for {end.TotalSeconds:F3} s, not {expected.TotalSeconds:F3} s."
            )
        );
        await CheckDecodableAsync(reasons, path, "first", null, isVideo, cancellationToken);
        await CheckDecodableAsync(reasons, path, "last", end - TimeSpan.FromSeconds(1), isVideo, cancellationToken);
        return new(reasons, bytes, sha256)
        {
            Duration = end,
            Width = media.PrimaryVideoStream?.Width,
            Height = media.PrimaryVideoStream?.Height,
            Codecs = codec is null ? [] : [codec],
        };
    }

    private async Task CheckDecodableAsync(
        List<string> reasons,
        string path,
        string which,
        TimeSpan? from,
        bool isVideo,
        CancellationToken cancellationToken
    )
    {
        // Sound's timestamps are whole milliseconds, its frames are not: what overlaps by less is no error.
        var filter = isVideo ? null : "aresample=async=1";
        var start = from > TimeSpan.Zero ? from : null;
        TimeSpan? length = from is null ? TimeSpan.FromSeconds(1) : null;
        var decoded = await _probe.DecodeAsync(path, start, length, filter, cancellationToken);
        Check(reasons, decoded.Complaints.Length == 0, $"The {which} second does not decode: {decoded.Complaints}.");
        Check(reasons, decoded.Streams > 0, $"The {which} second is empty.");
    }

    private static void Check(List<string> reasons, bool isGood, string reason)
    {
        if (!isGood)
        {
            reasons.Add(reason);
        }
    }
}
