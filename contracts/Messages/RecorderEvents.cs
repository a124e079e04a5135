namespace EventMeet.Contracts.Messages;

/// <summary>A recorder's heartbeat, once a second.</summary>
/// <param name="Worker">Which worker.</param>
/// <param name="At">When.</param>
/// <param name="Name">The machine's or the service's name, for operators.</param>
/// <param name="Version">The program's version.</param>
/// <param name="Region">Where it runs.</param>
/// <param name="Zone">In which zone of the region, if known.</param>
/// <param name="Draining">True when it takes no new work.</param>
/// <param name="Load">How busy it is.</param>
public sealed record RecorderAlive(
    WorkerId Worker,
    DateTimeOffset At,
    string Name,
    string Version,
    string Region,
    string? Zone,
    bool Draining,
    RecorderLoad Load
) : WorkerEvent(Worker, At);

/// <summary>How busy a recorder is.</summary>
/// <param name="Recordings">Recordings that go on.</param>
/// <param name="Tracks">Tracks in them.</param>
/// <param name="Composites">Composites being made.</param>
/// <param name="BitsPerSecond">Media received, per second.</param>
/// <param name="Cpu">Share of the machine's cores that the process used in the last second, 0 to 1.</param>
/// <param name="Refusal">Why it takes no new recording now; null when it does.</param>
public sealed record RecorderLoad(
    int Recordings,
    int Tracks,
    int Composites,
    double BitsPerSecond,
    double Cpu,
    string? Refusal
);

/// <summary>A fact about a recording.</summary>
/// <param name="Worker">Which recorder.</param>
/// <param name="At">When, by its clock.</param>
/// <param name="Tenant">Whose recording.</param>
/// <param name="Room">Of which room.</param>
/// <param name="Recording">Which recording.</param>
public abstract record RecordingEvent(
    WorkerId Worker,
    DateTimeOffset At,
    TenantId Tenant,
    RoomId Room,
    RecordingId Recording
) : WorkerEvent(Worker, At);

/// <summary>
/// A recorder has taken the recording, or gets nothing any more, and waits for media. Repeated every two seconds until a
/// relay's first packet comes. The newest worker that asks has the recording; any other is told to yield.
/// </summary>
/// <param name="Worker">Which recorder.</param>
/// <param name="At">When.</param>
/// <param name="Tenant">Whose recording.</param>
/// <param name="Room">Of which room.</param>
/// <param name="Recording">Which recording.</param>
/// <param name="Take">Counts the recorders that have had this recording, from 1: the number of the message's deliveries.</param>
/// <param name="Addresses">Where this relay's datagrams are received; all with the same port.</param>
public sealed record RelayWanted(
    WorkerId Worker,
    DateTimeOffset At,
    TenantId Tenant,
    RoomId Room,
    RecordingId Recording,
    int Take,
    IReadOnlyList<RelayAddress> Addresses
) : RecordingEvent(Worker, At, Tenant, Room, Recording)
{
    /// <summary>Gets the relay that brings nothing any more; null while none was lost. It is not taken again: another one, with other keys, is wanted.</summary>
    public RelayId? Lost { get; init; }
}

/// <summary>The relay works; what is said from here on is recorded. Once per take.</summary>
/// <param name="Worker">Which recorder.</param>
/// <param name="At">The recording's start on the wall clock; later takes repeat the first one's.</param>
/// <param name="Tenant">Whose recording.</param>
/// <param name="Room">Of which room.</param>
/// <param name="Recording">Which recording.</param>
/// <param name="Take">Which recorder in a row.</param>
public sealed record RecordingStarted(
    WorkerId Worker,
    DateTimeOffset At,
    TenantId Tenant,
    RoomId Room,
    RecordingId Recording,
    int Take
) : RecordingEvent(Worker, At, Tenant, Room, Recording);

/// <summary>A recording goes on; every five seconds.</summary>
/// <param name="Worker">Which recorder.</param>
/// <param name="At">When.</param>
/// <param name="Tenant">Whose recording.</param>
/// <param name="Room">Of which room.</param>
/// <param name="Recording">Which recording.</param>
/// <param name="DurationMs">Its length so far, pauses included, in milliseconds.</param>
/// <param name="Tracks">Tracks recorded so far, those that ended included.</param>
/// <param name="Bytes">Stored so far.</param>
/// <param name="UnsentBytes">Recorded, but not stored yet: more than a few seconds' worth means that storage is slow.</param>
public sealed record RecordingProgressed(
    WorkerId Worker,
    DateTimeOffset At,
    TenantId Tenant,
    RoomId Room,
    RecordingId Recording,
    long DurationMs,
    int Tracks,
    long Bytes,
    long UnsentBytes
) : RecordingEvent(Worker, At, Tenant, Room, Recording);

/// <summary>A recording is over and its files are stored and verified; the recorder's last word about it.</summary>
/// <param name="Worker">Which recorder.</param>
/// <param name="At">When it was verified.</param>
/// <param name="Tenant">Whose recording.</param>
/// <param name="Room">Of which room.</param>
/// <param name="Recording">Which recording.</param>
/// <param name="Reason">Why it ended.</param>
/// <param name="StartedAt">Its start on the wall clock; null when no media ever came.</param>
/// <param name="EndedAt">Its end on the wall clock.</param>
/// <param name="Files">What is stored; tracks and the timeline. Empty when there was nothing to record.</param>
/// <param name="Fault">What went wrong, in a sentence for the tenant; null when nothing did. With a fault the recording has failed.</param>
public sealed record RecordingFinished(
    WorkerId Worker,
    DateTimeOffset At,
    TenantId Tenant,
    RoomId Room,
    RecordingId Recording,
    RecordingEnd Reason,
    DateTimeOffset? StartedAt,
    DateTimeOffset EndedAt,
    IReadOnlyList<RecordedFile> Files,
    string? Fault
) : RecordingEvent(Worker, At, Tenant, Room, Recording);

/// <summary>A composite is being made; when it begins and at most once every two seconds.</summary>
/// <param name="Worker">Which recorder.</param>
/// <param name="At">When.</param>
/// <param name="Tenant">Whose recording.</param>
/// <param name="Room">Of which room.</param>
/// <param name="Recording">Of which recording.</param>
/// <param name="Composite">Which composite.</param>
/// <param name="Percent">0 to 100.</param>
public sealed record CompositeProgressed(
    WorkerId Worker,
    DateTimeOffset At,
    TenantId Tenant,
    RoomId Room,
    RecordingId Recording,
    CompositeId Composite,
    double Percent
) : RecordingEvent(Worker, At, Tenant, Room, Recording);

/// <summary>A composite is stored and verified, or cannot be made; the last word about it.</summary>
/// <param name="Worker">Which recorder.</param>
/// <param name="At">When.</param>
/// <param name="Tenant">Whose recording.</param>
/// <param name="Room">Of which room.</param>
/// <param name="Recording">Of which recording.</param>
/// <param name="Composite">Which composite.</param>
/// <param name="Files">The film, its poster, contact sheet and chapters; empty when it failed, or when there was nothing to show.</param>
/// <param name="Fault">Why it failed, in a sentence for the tenant; null when it did not.</param>
public sealed record CompositeFinished(
    WorkerId Worker,
    DateTimeOffset At,
    TenantId Tenant,
    RoomId Room,
    RecordingId Recording,
    CompositeId Composite,
    IReadOnlyList<RecordedFile> Files,
    string? Fault
) : RecordingEvent(Worker, At, Tenant, Room, Recording);
