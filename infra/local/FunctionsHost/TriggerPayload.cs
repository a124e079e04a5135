using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventMeet.Contracts.Bus;

namespace EventMeet.FunctionsHost;

/// <summary>
/// What Azure's host puts into an envelope. Bytes become base64 and JSON objects stay objects; everything else becomes a
/// string that holds its JSON, quotes and all: <c>"DeliveryCount":"1"</c>, <c>"MessageId":"\"m1\""</c>.
/// </summary>
internal static class TriggerPayload
{
    private static readonly JsonSerializerOptions Relaxed = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A timer's value.</summary>
    public static JsonObject Timer(DateTimeOffset? last, DateTimeOffset next, bool isPastDue, DateTimeOffset now) =>
        new()
        {
            ["Schedule"] = new JsonObject { ["AdjustForDST"] = true },
            ["ScheduleStatus"] = new JsonObject
            {
                ["Last"] = Time(last ?? now),
                ["Next"] = Time(next),
                ["LastUpdated"] = Time(last ?? now),
            },
            ["IsPastDue"] = isPastDue,
        };

    /// <summary>What is true of every invocation.</summary>
    public static JsonObject Sys(string function, DateTimeOffset now, string random) =>
        new()
        {
            ["sys"] = new JsonObject
            {
                ["MethodName"] = function,
                ["UtcNow"] = Time(now),
                ["RandGuid"] = random,
            },
        };

    /// <summary>One message's body.</summary>
    public static JsonValue Body(ReceivedMessage message, bool binary) =>
        binary ? JsonValue.Create(Convert.ToBase64String(message.Message.Body.Span)) : Quoted(Text(message));

    /// <summary>The bodies of a batch: one string that holds an array.</summary>
    public static JsonValue Bodies(IReadOnlyList<ReceivedMessage> messages, bool binary) =>
        Inner(
            new JsonArray([
                .. messages.Select(message =>
                    (JsonNode)(binary ? Convert.ToBase64String(message.Message.Body.Span) : Text(message))
                ),
            ])
        );

    /// <summary>Adds one message's metadata.</summary>
    public static void Describe(JsonObject metadata, ReceivedMessage received)
    {
        metadata["MessageId"] = Quoted(received.Message.Id);
        metadata["DeliveryCount"] = Inner(JsonValue.Create(received.DeliveryCount + 1));
        metadata["LockToken"] = Quoted(received.LockToken.ToString());
        metadata["SequenceNumber"] = Inner(JsonValue.Create(received.SequenceNumber));
        metadata["EnqueuedTimeUtc"] = Time(received.EnqueuedAt);
        metadata["ExpiresAtUtc"] = Time(received.LockedUntil);
        metadata["ContentType"] = Quoted("application/json");
        metadata["ApplicationProperties"] = Properties(received.Message);
        metadata["UserProperties"] = Properties(received.Message);
        if (received.Message.CorrelationId is { } correlation)
        {
            metadata["CorrelationId"] = Quoted(correlation);
        }
    }

    /// <summary>Adds a batch's metadata: the same names with Array behind them.</summary>
    public static void Describe(JsonObject metadata, IReadOnlyList<ReceivedMessage> batch)
    {
        metadata["MessageIdArray"] = Array(batch, message => message.Message.Id);
        metadata["DeliveryCountArray"] = Array(batch, message => message.DeliveryCount + 1);
        metadata["LockTokenArray"] = Array(batch, message => message.LockToken.ToString());
        metadata["SequenceNumberArray"] = Array(batch, message => message.SequenceNumber);
        metadata["EnqueuedTimeUtcArray"] = Array(batch, message => Time(message.EnqueuedAt));
        metadata["ApplicationPropertiesArray"] = Array(batch, message => Properties(message.Message));
        metadata["UserPropertiesArray"] = Array(batch, message => Properties(message.Message));
    }

    private static JsonValue Array(IReadOnlyList<ReceivedMessage> batch, Func<ReceivedMessage, JsonNode?> value) =>
        Inner(new JsonArray([.. batch.Select(value)]));

    private static JsonObject Properties(BusMessage message)
    {
        var properties = new JsonObject
        {
            ["cloudEvents:specversion"] = "1.0",
            ["cloudEvents:id"] = message.Id,
            ["cloudEvents:type"] = message.Type,
            ["cloudEvents:source"] = message.Source,
            ["cloudEvents:time"] = message.Time.ToString("O", CultureInfo.InvariantCulture),
        };
        if (message.Subject is { } subject)
        {
            properties["cloudEvents:subject"] = subject;
        }

        if (message.TraceParent is { } traceParent)
        {
            properties["traceparent"] = traceParent;
        }

        return properties;
    }

    private static string Text(ReceivedMessage message) =>
        System.Text.Encoding.UTF8.GetString(message.Message.Body.Span);

    private static JsonValue Quoted(string text) => Inner(JsonValue.Create(text));

    private static JsonValue Inner(JsonNode value) => JsonValue.Create(value.ToJsonString(Relaxed));

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
