namespace EventMeet.Contracts.Messages;

/// <summary>A piece of work for any recorder. The lock on its message is the lease: who loses it is replaced.</summary>
/// <param name="Tenant">Whose recording.</param>
/// <param name="Room">Of which room.</param>
/// <param name="Recording">Which recording.</param>
/// <param name="Folder">Where its files are in the recordings' container, without a slash at the end.</param>
public abstract record RecorderCommand(TenantId Tenant, RoomId Room, RecordingId Recording, string Folder);

/// <summary>
/// Record a room until told to stop. Delivered again when a recorder was lost: the next one goes on in the same folder. The
/// recorder answers with <see cref="RelayWanted"/> and completes the message after <see cref="RecordingFinished"/> was sent.
/// </summary>
public sealed record StartRecording(
    TenantId Tenant,
    RoomId Room,
    RecordingId Recording,
    string Folder,
    RecordingPlan Plan
) : RecorderCommand(Tenant, Room, Recording, Folder);

/// <summary>
/// Make a composite from a recording's files; sent to <c>composite-jobs</c>. Delivered again when a recorder was lost. The recorder completes the message
/// after <see cref="CompositeFinished"/> was sent.
/// </summary>
public sealed record MakeComposite(
    TenantId Tenant,
    RoomId Room,
    RecordingId Recording,
    string Folder,
    CompositeId Composite,
    CompositeSpec Spec
) : RecorderCommand(Tenant, Room, Recording, Folder);

/// <summary>An order to one recorder about what it does already. One about something it does not do is no error.</summary>
/// <param name="Recording">Which recording.</param>
public abstract record RecorderOrder(RecordingId Recording);

/// <summary>The answer to <see cref="RelayWanted"/>: media of this relay will arrive at <paramref name="Port"/>.</summary>
/// <param name="Recording">Which recording.</param>
/// <param name="Port">Which of the recorder's ports the relay was wanted for.</param>
/// <param name="Relay">The relay and its keys.</param>
public sealed record FeedRecording(RecordingId Recording, int Port, RelaySpec Relay) : RecorderOrder(Recording);

/// <summary>End a recording: finish the files, verify them, report.</summary>
/// <param name="Recording">Which recording.</param>
/// <param name="Reason">What is reported as the reason.</param>
public sealed record StopRecording(RecordingId Recording, RecordingEnd Reason) : RecorderOrder(Recording);

/// <summary>Let go of a recording that another recorder has, or that is over: close the files, report nothing.</summary>
/// <param name="Recording">Which recording.</param>
public sealed record YieldRecording(RecordingId Recording) : RecorderOrder(Recording);

/// <summary>End the making of a composite; nothing of it is kept.</summary>
/// <param name="Recording">Of which recording.</param>
/// <param name="Composite">Which composite.</param>
public sealed record CancelComposite(RecordingId Recording, CompositeId Composite) : RecorderOrder(Recording);
