using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Net;
using EventMeet.Recorder.Storage;
using EventMeet.Recorder.Work;
using EventMeet.Sockets;
using EventMeet.WorkerHost;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EventMeet.Recorder.Recordings;

/// <summary>What every recording needs.</summary>
internal sealed class RecordingTools(
    IRecordingPorts ports,
    IRecordingStore store,
    FileVerification verification,
    FinalReports finalReports,
    FactOutbox outbox,
    WorkerIdentity identity,
    MonotonicClock monotonicClock,
    TimeProvider clock,
    IOptions<RecorderOptions> options,
    ILogger<RecordingJob> logger
)
{
    public IRecordingPorts Ports => ports;

    public IRecordingStore Store => store;

    public FileVerification Verification => verification;

    public FinalReports FinalReports => finalReports;

    public WorkerId Worker => identity.Id;

    public TimeProvider Clock => clock;

    public RecorderOptions Options => options.Value;

    public ILogger Logger => logger;

    /// <summary>Gets the wall clock at the process's own zero, as it is now: a process lives for weeks, and clocks are set.</summary>
    public DateTimeOffset WallOrigin => clock.GetUtcNow() - (monotonicClock.Now - Media.Values.MonotonicTime.Zero);

    /// <summary>Says something that need not be certain to arrive.</summary>
    public void Report(Func<WorkerId, WorkerEvent> fact) => outbox.Publish(fact(identity.Id));
}
