using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Composition;
using EventMeet.Recorder.Storage;
using EventMeet.Recorder.Work;
using EventMeet.WorkerHost;
using Microsoft.Extensions.Logging;

namespace EventMeet.Recorder.Composites;

/// <summary>What every composite needs.</summary>
internal sealed class CompositeTools(
    CompositeMaker maker,
    IRecordingStore store,
    WorkSpace space,
    FinalReports finalReports,
    FactOutbox outbox,
    WorkerIdentity identity,
    TimeProvider clock,
    ILogger<CompositeJob> logger
)
{
    public CompositeMaker Maker => maker;

    public IRecordingStore Store => store;

    public WorkSpace Space => space;

    public FinalReports FinalReports => finalReports;

    public WorkerId Worker => identity.Id;

    public TimeProvider Clock => clock;

    public ILogger Logger => logger;

    /// <summary>Says something that need not be certain to arrive.</summary>
    public void Report(WorkerEvent fact) => outbox.Publish(fact);
}
