using System.Text.Json.Serialization;

namespace EventMeet.Functions.Hosting;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProblemDocument))]
[JsonSerializable(typeof(HealthBody))]
internal sealed partial class HostingJsonContext : JsonSerializerContext;
