namespace EventMeet.Contracts.Messages;

/// <summary>A fact that a worker reports.</summary>
/// <param name="Worker">Which worker.</param>
/// <param name="At">When it became true, by the worker's clock.</param>
public abstract record WorkerEvent(WorkerId Worker, DateTimeOffset At);

/// <summary>A worker's heartbeat, once a second: everything the functions need to place rooms and compute answers.</summary>
/// <param name="Worker">Which worker.</param>
/// <param name="At">When.</param>
/// <param name="Name">The machine's or the service's name, for operators.</param>
/// <param name="Version">The program's version.</param>
/// <param name="Region">Where it runs.</param>
/// <param name="Zone">In which zone of the region, if known.</param>
/// <param name="Fingerprint">SHA-256 of its DTLS certificate, upper-case hexadecimal without colons.</param>
/// <param name="Draining">True when it takes no new rooms.</param>
/// <param name="Shards">Its shards.</param>
public sealed record WorkerAlive(
    WorkerId Worker,
    DateTimeOffset At,
    string Name,
    string Version,
    string Region,
    string? Zone,
    string Fingerprint,
    bool Draining,
    IReadOnlyList<ShardStatus> Shards
) : WorkerEvent(Worker, At);

/// <summary>One shard: where it is reached and how busy it is.</summary>
/// <param name="Shard">Its number on the worker, from 0.</param>
/// <param name="Addresses">Where browsers reach it, best first.</param>
/// <param name="Load">How busy it is.</param>
public sealed record ShardStatus(int Shard, IReadOnlyList<MediaAddress> Addresses, ShardLoad Load);

/// <summary>One address of a shard; a host candidate per transport in the answer.</summary>
/// <param name="Address">IPv4 or IPv6, without brackets.</param>
/// <param name="UdpPort">UDP port.</param>
/// <param name="TcpPort">Port for passive ICE-TCP (RFC 6544), if it listens.</param>
public sealed record MediaAddress(string Address, int UdpPort, int? TcpPort);

/// <summary>How busy a shard is.</summary>
/// <param name="Rooms">Rooms on it.</param>
/// <param name="Sessions">Peers on it.</param>
/// <param name="PacketsPerSecond">Packets in and out, per second.</param>
/// <param name="BitsPerSecond">Bits in and out, per second.</param>
/// <param name="Cpu">Share of one core its thread used in the last second, 0 to 1.</param>
public sealed record ShardLoad(int Rooms, int Sessions, double PacketsPerSecond, double BitsPerSecond, double Cpu);
