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
[JsonSerializable(typeof(WorkerAlive))]
[JsonSerializable(typeof(ParticipantJoined))]
[JsonSerializable(typeof(ParticipantLeft))]
[JsonSerializable(typeof(TrackPublished))]
[JsonSerializable(typeof(TrackUnpublished))]
[JsonSerializable(typeof(RoomEmptied))]
public sealed partial class ContractsJsonContext : JsonSerializerContext;
