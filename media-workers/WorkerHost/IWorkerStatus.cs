using EventMeet.Contracts.Messages;

namespace EventMeet.WorkerHost;

/// <summary>What the heartbeat says; answered by the worker's own part.</summary>
public interface IWorkerStatus
{
    /// <summary>Gets the SHA-256 fingerprint of the DTLS certificate, upper-case hexadecimal without colons.</summary>
    string Fingerprint { get; }

    /// <summary>Gets a value indicating whether no new rooms are taken.</summary>
    bool Draining { get; }

    /// <summary>Describes every shard as it is now. Called once a second.</summary>
    IReadOnlyList<ShardStatus> DescribeShards();
}
