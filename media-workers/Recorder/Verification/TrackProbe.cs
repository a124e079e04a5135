using EventMeet.Recorder.Composition.Running;
using EventMeet.Recorder.Recordings;
using EventMeet.Recorder.Timeline;
using Microsoft.Extensions.Options;

namespace EventMeet.Recorder.Verification;

/// <summary>Looks into a track's file when a recording ends.</summary>
/// <param name="options">Which programs.</param>
internal sealed class TrackProbe(IOptions<CompositionOptions> options) : ITrackProbe
{
    private readonly MediaProbe _probe = new(options.Value);
    private readonly TrackFileVerifier _verifier = new(options.Value);

    /// <inheritdoc/>
    public async Task<VerifiedFile> ProbeAsync(
        string path,
        TimelineTrack track,
        TimelineFile file,
        bool isWhole,
        CancellationToken stopping
    )
    {
        // Bytes and hash were compared with those that were sent. Of a lost recorder only the file itself knows how far it came.
        var end = isWhole
            ? file.ToMs
            : file.FromMs + (long)(await _probe.LastPacketAsync(path, stopping)).TotalMilliseconds;
        var told = file with { Bytes = 0, Sha256 = null, ToMs = end };
        var verdict = await _verifier.VerifyAsync(path, track, told, stopping);
        return new(
            verdict.Bytes,
            verdict.Sha256,
            verdict.Duration > TimeSpan.Zero ? verdict.Duration : null,
            verdict.Width,
            verdict.Height,
            verdict.Codecs,
            verdict.IsSound ? null : string.Join(" ", verdict.Reasons)
        );
    }
}
