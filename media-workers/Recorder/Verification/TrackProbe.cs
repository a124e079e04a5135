using System.Globalization;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Composition.Running;
using EventMeet.Recorder.Recordings;
using EventMeet.Recorder.Timeline;
using Microsoft.Extensions.Options;

namespace EventMeet.Recorder.Verification;

/// <summary>Says whether a track's file is what the timeline says: one stream of the codec, as long as it should be, its first and last second decodable.</summary>
/// <param name="options">Which programs.</param>
internal sealed class TrackProbe(IOptions<CompositionOptions> options) : ITrackProbe
{
    // The last frame of a screen that stands still has no length; a picture's may last a second.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Sample = TimeSpan.FromSeconds(1);

    private readonly MediaProbe _probe = new(options.Value);

    /// <inheritdoc/>
    public async Task<VerifiedFile> ProbeAsync(
        string path,
        TimelineTrack track,
        TimelineFile file,
        bool isWhole,
        CancellationToken stopping
    )
    {
        if (await _probe.AnalyseAsync(path, stopping) is not { } media)
        {
            return new(0, "", null, null, null, null, "It is no media file.");
        }

        var stream =
            track.Kind is MediaKind.Audio
                ? media.PrimaryAudioStream
                : (FFMpegCore.MediaStream?)media.PrimaryVideoStream;
        string[] codecs = stream?.CodecName is { } codec ? [codec] : [];
        // No Duration stands in a file that only ever grew: the last second is sought, and says when it ends.
        var length = TimeSpan.FromMilliseconds(file.ToMs - file.FromMs);
        // Sound's timestamps are whole milliseconds, its frames are not: what overlaps by less is no error.
        var filter = track.Kind is MediaKind.Audio ? "aresample=async=1" : null;
        var first = await _probe.DecodeAsync(path, null, Sample, filter, stopping);
        var from = isWhole && length > Sample ? length - Sample : (TimeSpan?)null;
        var last = await _probe.DecodeAsync(path, from, null, filter, stopping);
        var fault =
            stream is null ? $"There is no {track.Kind} in it."
            : first.Complaints.Length > 0 ? $"The first second does not decode: {first.Complaints}."
            : last.Complaints.Length > 0 && isWhole ? $"The last second does not decode: {last.Complaints}."
            : last.End + Tolerance < length && isWhole
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"It plays for {last.End.TotalSeconds:F3} s, not {length.TotalSeconds:F3} s."
                )
            : null;
        return new(
            0,
            "",
            last.End > TimeSpan.Zero ? last.End : null,
            media.PrimaryVideoStream?.Width,
            media.PrimaryVideoStream?.Height,
            codecs,
            fault
        );
    }
}
