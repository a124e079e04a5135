using EventMeet.Contracts.Messages;

namespace EventMeet.WorkerHost;

/// <summary>What the heartbeat says; answered by the worker's own part.</summary>
public interface IWorkerStatus
{
    /// <summary>Describes the worker as it is now. Called once a second.</summary>
    /// <param name="identity">Who the worker is.</param>
    /// <param name="now">What time it is.</param>
    WorkerEvent Describe(WorkerIdentity identity, DateTimeOffset now);
}
