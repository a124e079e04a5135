using System.Text.Json.Serialization;

namespace EventMeet.Media.Rooms.InCall;

/// <summary>Source-generated JSON for the in-call channel.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false,
    MaxDepth = 8
)]
[JsonSerializable(typeof(ClientMessage))]
[JsonSerializable(typeof(Welcome))]
[JsonSerializable(typeof(Joined))]
[JsonSerializable(typeof(Left))]
[JsonSerializable(typeof(Updated))]
[JsonSerializable(typeof(TracksChanged))]
[JsonSerializable(typeof(SlotsChanged))]
[JsonSerializable(typeof(SpeakersChanged))]
[JsonSerializable(typeof(ChatReceived))]
[JsonSerializable(typeof(HandChanged))]
[JsonSerializable(typeof(ReactionReceived))]
[JsonSerializable(typeof(Muted))]
[JsonSerializable(typeof(Removed))]
[JsonSerializable(typeof(RecordingChanged))]
[JsonSerializable(typeof(Pong))]
[JsonSerializable(typeof(Error))]
[JsonSerializable(typeof(ParticipantDescription))]
internal sealed partial class InCallJsonContext : JsonSerializerContext;
