using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;

namespace EventMeet.FunctionsHost;

/// <summary>A function app as it lies in its folder: host.json and every function.json.</summary>
internal sealed class FunctionApp
{
    private const string HttpTrigger = "httpTrigger";
    private const string TimerTrigger = "timerTrigger";
    private const string ServiceBusTrigger = "serviceBusTrigger";

    public FunctionApp(IOptions<HostSettings> settings)
    {
        Folder = Path.GetFullPath(settings.Value.App);
        var host = Read(Path.Combine(Folder, "host.json"), AppJsonContext.Default.HostFile);
        RoutePrefix = host.Extensions?.Http?.RoutePrefix ?? "api";
        MaxBatch = host.Extensions?.ServiceBus?.MaxMessageBatchSize ?? 1000;
        MaxCalls = host.Extensions?.ServiceBus?.MaxConcurrentCalls ?? 16;
        Executable =
            host.CustomHandler?.Description?.DefaultExecutablePath
            ?? throw new InvalidDataException("host.json names no customHandler.description.defaultExecutablePath.");
        Arguments = host.CustomHandler.Description.Arguments ?? [];
        foreach (
            var file in Directory
                .EnumerateFiles(Folder, "function.json", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
        )
        {
            var name = Path.GetFileName(Path.GetDirectoryName(file)!);
            Add(name, Read(file, AppJsonContext.Default.FunctionFile));
        }
    }

    public string Folder { get; }

    /// <summary>Gets the handler's executable, relative to the folder.</summary>
    public string Executable { get; }

    public IReadOnlyList<string> Arguments { get; }

    /// <summary>Gets what every route starts with; may be empty.</summary>
    public string RoutePrefix { get; }

    /// <summary>Gets the most messages in one invocation of a batch trigger.</summary>
    public int MaxBatch { get; }

    /// <summary>Gets the most invocations at once of a trigger that takes one message each.</summary>
    public int MaxCalls { get; }

    public List<HttpTriggered> Http { get; } = [];

    public List<TimerTriggered> Timers { get; } = [];

    public List<QueueTriggered> Queues { get; } = [];

    private void Add(string name, FunctionFile file)
    {
        var trigger =
            file.Bindings.FirstOrDefault(binding => binding.Type.EndsWith("Trigger", StringComparison.Ordinal))
            ?? throw new InvalidDataException($"Function {name} has no trigger.");
        switch (trigger.Type)
        {
            case HttpTrigger when trigger.AuthLevel is not "anonymous":
                throw new InvalidDataException(
                    $"Function {name}: this host knows no keys; authLevel must be anonymous."
                );
            case HttpTrigger:
                Http.Add(new HttpTriggered(name, trigger.Route ?? name, trigger.Methods ?? []));
                break;
            case TimerTrigger:
                Timers.Add(new TimerTriggered(name, trigger.Name, trigger.Schedule!, trigger.RunOnStartup));
                break;
            case ServiceBusTrigger:
                Queues.Add(
                    new QueueTriggered(
                        name,
                        trigger.Name,
                        trigger.QueueName!,
                        trigger.Cardinality is "many",
                        trigger.DataType is "binary"
                    )
                );
                break;
            default:
                throw new InvalidDataException($"Function {name}: this host has no trigger {trigger.Type}.");
        }
    }

    private static T Read<T>(string file, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(file), type)
                ?? throw new InvalidDataException($"{file} is empty.");
        }
        catch (JsonException malformed)
        {
            throw new InvalidDataException($"{file} is no such file: {malformed.Message}", malformed);
        }
    }
}

/// <summary>An HTTP-only function: its requests are proxied as they are.</summary>
internal sealed record HttpTriggered(string Name, string Route, IReadOnlyList<string> Methods);

/// <summary>A timer function.</summary>
internal sealed record TimerTriggered(string Name, string Binding, string Schedule, bool RunOnStartup);

/// <summary>A Service Bus queue function.</summary>
internal sealed record QueueTriggered(string Name, string Binding, string Queue, bool Batch, bool Binary);

internal sealed record HostFile(CustomHandlerSection? CustomHandler, ExtensionsSection? Extensions);

internal sealed record CustomHandlerSection(DescriptionSection? Description);

internal sealed record DescriptionSection(string? DefaultExecutablePath, IReadOnlyList<string>? Arguments);

internal sealed record ExtensionsSection(HttpSection? Http, ServiceBusSection? ServiceBus);

internal sealed record HttpSection(string? RoutePrefix);

internal sealed record ServiceBusSection(int? MaxMessageBatchSize, int? MaxConcurrentCalls);

internal sealed record FunctionFile(IReadOnlyList<BindingSection> Bindings);

internal sealed record BindingSection(
    string Type,
    string Name,
    string? AuthLevel,
    string? Route,
    IReadOnlyList<string>? Methods,
    string? Schedule,
    bool RunOnStartup,
    string? QueueName,
    string? Cardinality,
    string? DataType
);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true
)]
[JsonSerializable(typeof(HostFile))]
[JsonSerializable(typeof(FunctionFile))]
internal sealed partial class AppJsonContext : JsonSerializerContext;
