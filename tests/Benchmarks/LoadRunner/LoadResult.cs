namespace EventMeet.Benchmarks.LoadRunner;

/// <summary>One scenario's figures.</summary>
internal sealed record LoadResult
{
    public required string Name { get; init; }

    public required int Rooms { get; init; }

    public required int Publishers { get; init; }

    public required int Subscribers { get; init; }

    public required int Meeting { get; init; }

    public required string Kind { get; init; }

    public required int BitsPerSecond { get; init; }

    public required string Suite { get; init; }

    /// <summary>Gets whether the clients take trains whole.</summary>
    public required bool Offload { get; init; }

    /// <summary>Gets how long the clients slept between two looks at their sockets; 0 when they waited for them.</summary>
    public required int PollMicroseconds { get; init; }

    /// <summary>Gets whether CPUs were kept from halting.</summary>
    public required bool Awake { get; init; }

    public required int Sessions { get; init; }

    public required double Seconds { get; init; }

    public double PublishedPerSecond { get; init; }

    /// <summary>Gets packets that left the server towards clients, per second.</summary>
    public double ForwardedPerSecond { get; init; }

    public double MegabitsPerSecond { get; init; }

    /// <summary>Gets the share of a core that the server used, in percent.</summary>
    public double ServerCpuPercent { get; init; }

    /// <summary>Gets the server's CPU time per forwarded packet, in microseconds.</summary>
    public double MicrosecondsPerPacket { get; init; }

    /// <summary>Gets that of the threads that forward alone; 0 for a server that is not ours.</summary>
    public double MediaMicrosecondsPerPacket { get; init; }

    /// <summary>Gets the server's CPU time per session and second, in milliseconds.</summary>
    public double MillisecondsPerSessionSecond { get; init; }

    public double RunnerCpuPercent { get; init; }

    /// <summary>Gets datagrams per receive call at the clients.</summary>
    public double TrainLength { get; init; }

    /// <summary>
    /// Gets the one-way delay's median, in milliseconds: from right before a publisher encrypted and sent a packet until the
    /// kernel took it in for the subscriber's socket.
    /// </summary>
    public double DelayP50 { get; init; }

    public double DelayP90 { get; init; }

    public double DelayP99 { get; init; }

    public double DelayP999 { get; init; }

    public double DelayMax { get; init; }

    public long Lost { get; init; }

    public long Dropped { get; init; }

    public long Recovered { get; init; }

    public long Reordered { get; init; }

    public long Repeated { get; init; }

    public long Undecryptable { get; init; }

    public long Frames { get; init; }

    public long Freezes { get; init; }

    public double FrozenSeconds { get; init; }

    public double FeedbackPerSecond { get; init; }

    public double JoinsPerSecond { get; init; }

    public double JoinMillisecondsP50 { get; init; }

    public double JoinMillisecondsMax { get; init; }

    /// <summary>Gets the server's CPU time per join, in milliseconds, of the second half of the joins; media that already runs is in it.</summary>
    public double JoinCpuMilliseconds { get; init; }

    /// <summary>Gets how many sessions joined beside the load while it was measured.</summary>
    public int StormJoins { get; init; }

    public double EmptyMebibytes { get; init; }

    public double ResidentMebibytes { get; init; }

    /// <summary>Gets how much the server grew per session, in KiB.</summary>
    public double KibibytesPerSession { get; init; }

    public double? AllocatedBytesPerPacket { get; init; }

    public int? Collections { get; init; }

    public double? PauseMilliseconds { get; init; }

    public IReadOnlyDictionary<string, long> Faults { get; init; } = new Dictionary<string, long>();
}
