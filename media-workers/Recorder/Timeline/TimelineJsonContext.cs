using System.Text.Json.Serialization;

namespace EventMeet.Recorder.Timeline;

/// <summary>Source-generated JSON of <c>timeline.json</c>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(RecordingTimeline))]
internal sealed partial class TimelineJsonContext : JsonSerializerContext;
