using System.Text.Json.Serialization;
using EventMeet.Contracts.Messages;

namespace EventMeet.Contracts;

/// <summary>Source-generated JSON for everything that crosses a process border.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(AdmitPeer))]
[JsonSerializable(typeof(UpdatePeer))]
[JsonSerializable(typeof(ClosePeer))]
[JsonSerializable(typeof(CloseRoom))]
[JsonSerializable(typeof(OpenRelay))]
[JsonSerializable(typeof(UpdateRelay))]
[JsonSerializable(typeof(CloseRelay))]
[JsonSerializable(typeof(WorkerAlive))]
[JsonSerializable(typeof(ParticipantJoined))]
[JsonSerializable(typeof(ParticipantLeft))]
[JsonSerializable(typeof(TrackPublished))]
[JsonSerializable(typeof(TrackUnpublished))]
[JsonSerializable(typeof(RoomEmptied))]
[JsonSerializable(typeof(StartRecording))]
[JsonSerializable(typeof(MakeComposite))]
[JsonSerializable(typeof(FeedRecording))]
[JsonSerializable(typeof(StopRecording))]
[JsonSerializable(typeof(YieldRecording))]
[JsonSerializable(typeof(CancelComposite))]
[JsonSerializable(typeof(RecorderAlive))]
[JsonSerializable(typeof(RelayWanted))]
[JsonSerializable(typeof(RecordingStarted))]
[JsonSerializable(typeof(RecordingProgressed))]
[JsonSerializable(typeof(RecordingFinished))]
[JsonSerializable(typeof(CompositeProgressed))]
[JsonSerializable(typeof(CompositeFinished))]
public sealed partial class ContractsJsonContext : JsonSerializerContext;
