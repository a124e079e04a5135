using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EventMeet.Functions.Hosting;

/// <summary>Writes a function.json per function, which is how the Functions host learns of them.</summary>
internal static class FunctionManifest
{
    private static readonly string[] AllMethods = ["get", "head", "post", "put", "patch", "delete", "options"];

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes them into a folder each.</summary>
    /// <param name="functions">The table.</param>
    /// <param name="folder">The app's root.</param>
    public static void Write(IEnumerable<FunctionDefinition> functions, string folder)
    {
        foreach (var function in functions)
        {
            var place = Directory.CreateDirectory(Path.Combine(folder, function.Name)).FullName;
            File.WriteAllText(Path.Combine(place, "function.json"), Text(function) + "\n");
        }
    }

    /// <summary>Gets one function's file.</summary>
    public static string Text(FunctionDefinition function) =>
        new JsonObject { ["bindings"] = BindingsOf(function) }.ToJsonString(Readable);

    private static JsonArray BindingsOf(FunctionDefinition function) =>
        function switch
        {
            HttpFunction http =>
            [
                new JsonObject
                {
                    ["type"] = "httpTrigger",
                    ["direction"] = "in",
                    ["name"] = "request",
                    ["authLevel"] = "anonymous", // our own credentials, not the host's keys
                    ["methods"] = new JsonArray([.. AllMethods.Select(method => JsonValue.Create(method))]),
                    ["route"] = http.Route,
                },
                // Exactly one http output: the condition under which the host proxies the request as it is.
                new JsonObject
                {
                    ["type"] = "http",
                    ["direction"] = "out",
                    ["name"] = "response",
                },
            ],
            TimerFunction timer =>
            [
                new JsonObject
                {
                    ["type"] = "timerTrigger",
                    ["direction"] = "in",
                    ["name"] = "timer",
                    ["schedule"] = timer.Schedule,
                },
            ],
            QueueFunction queue =>
            [
                new JsonObject
                {
                    ["type"] = "serviceBusTrigger",
                    ["direction"] = "in",
                    ["name"] = queue.Batch ? "messages" : "message",
                    ["queueName"] = queue.Queue,
                    ["connection"] = "Bus",
                    ["cardinality"] = queue.Batch ? "many" : "one",
                    ["dataType"] = "binary", // keeps the host from spilling the body's fields into Metadata
                },
            ],
            _ => throw new ArgumentOutOfRangeException(nameof(function), function.Name, "No such trigger."),
        };
}
