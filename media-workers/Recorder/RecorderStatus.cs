using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Composites;
using EventMeet.Recorder.Net;
using EventMeet.Recorder.Recordings;
using EventMeet.Recorder.Work;
using EventMeet.WorkerHost;
using Microsoft.Extensions.Logging;

namespace EventMeet.Recorder;

/// <summary>What a recorder's heartbeat says.</summary>
internal sealed class RecorderStatus(
    RecordingSet recordings,
    CompositeSet composites,
    RecordingLoops loops,
    LoadMeter load,
    ILogger<RecorderStatus> logger
) : IWorkerStatus
{
    private (long Bytes, DateTimeOffset At) _last;
    private string? _refusal;

    /// <inheritdoc/>
    public WorkerEvent Describe(WorkerIdentity identity, DateTimeOffset now)
    {
        var bytes = loops.ReceivedBytes;
        var seconds = Math.Max((now - _last.At).TotalSeconds, 0.001);
        var rate = (bytes - _last.Bytes) * 8 / seconds;
        _last = (bytes, now);
        return new RecorderAlive(
            identity.Id,
            now,
            identity.Name,
            identity.Version,
            identity.Region,
            identity.Zone,
            recordings.Draining,
            new(recordings.Count, recordings.Tracks, composites.Count, rate, load.Process, NoteRefusal())
        );
    }

    private string? NoteRefusal()
    {
        var refusal = recordings.NewRefusal;
        if (refusal is not null && _refusal is null)
        {
            logger.Refusing(refusal);
        }
        else if (refusal is null && _refusal is not null)
        {
            logger.Admitting();
        }

        return _refusal = refusal;
    }
}
