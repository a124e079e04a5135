using System.Text.Json.Serialization;

namespace EventMeet.Media.Relays;

/// <summary>Source-generated JSON for a relay's messages.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    AllowOutOfOrderMetadataProperties = true,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = false,
    MaxDepth = 8
)]
[JsonSerializable(typeof(RelayMessage))]
internal sealed partial class RelayJsonContext : JsonSerializerContext;
