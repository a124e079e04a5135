using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EventMeet.Functions.Hosting;

/// <summary>
/// Reads what the Functions host posts for a trigger: { "Data": { name: value }, "Metadata": { … } }. The host writes many
/// values as a string that holds their JSON, some twice over, bytes as base64; so every value is unwrapped as far as it
/// goes, and a body is whatever way of reading it ends at a JSON object.
/// </summary>
internal static class TriggerPayload
{
    private const int MostLevels = 3;

    // CloudEvents AMQP binding 1.0.2 section 3.1.2: either prefix.
    private static readonly string[] AttributePrefixes = ["cloudEvents_", "cloudEvents:"];

    /// <summary>Reads messages of a queue trigger of either cardinality.</summary>
    /// <returns>The messages, or null when this is no such payload.</returns>
    public static IReadOnlyList<QueueMessage>? ReadMessages(ReadOnlySpan<byte> payload)
    {
        try
        {
            return ReadDocument(payload);
        }
        catch (InvalidOperationException)
        {
            return null; // a string in it is no Unicode, which shows only when it is looked at
        }
    }

    /// <summary>Reads a timer trigger; null when this is no such payload.</summary>
    public static TimerTick? ReadTick(ReadOnlySpan<byte> payload)
    {
        try
        {
            return
                Parse(payload)?["Data"] is JsonObject { Count: 1 } data
                && Unwrap(data.First().Value) is JsonObject timer
                ? new TimerTick(
                    Unwrap(timer["IsPastDue"]) is JsonValue late && late.TryGetValue<bool>(out var yes) && yes
                )
                : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static List<QueueMessage>? ReadDocument(ReadOnlySpan<byte> payload)
    {
        if (Parse(payload) is not { } root || root["Data"] is not JsonObject { Count: 1 } data)
        {
            return null;
        }

        var metadata = root["Metadata"] as JsonObject ?? [];
        var value = data.First().Value;
        if (Unwrap(value) is JsonArray many)
        {
            return ReadBatch(many, metadata);
        }

        if (ReadBody(value) is not { } body)
        {
            return null;
        }

        var properties = Unwrap(metadata["ApplicationProperties"] ?? metadata["UserProperties"]) as JsonObject;
        return [Read(body, properties, Unwrap(metadata["MessageId"]), Unwrap(metadata["DeliveryCount"]))];
    }

    private static List<QueueMessage>? ReadBatch(JsonArray many, JsonObject metadata)
    {
        var properties = Unwrap(metadata["ApplicationPropertiesArray"] ?? metadata["UserPropertiesArray"]) as JsonArray;
        var ids = Unwrap(metadata["MessageIdArray"]) as JsonArray;
        var counts = Unwrap(metadata["DeliveryCountArray"]) as JsonArray;
        List<QueueMessage> messages = [];
        for (var i = 0; i < many.Count; i++)
        {
            // One unreadable body must not keep the others; it goes on as an empty one of no known type.
            var body = ReadBody(many[i]) ?? [];
            messages.Add(Read(body, At(properties, i) as JsonObject, At(ids, i), At(counts, i)));
        }

        return messages;
    }

    private static QueueMessage Read(byte[] body, JsonObject? properties, JsonNode? id, JsonNode? count) =>
        new(
            AttributeOf(properties, "id") ?? TextOf(id) ?? "",
            AttributeOf(properties, "type") ?? "",
            body,
            int.TryParse(TextOf(count), NumberStyles.None, CultureInfo.InvariantCulture, out var deliveries)
                ? deliveries
                : 1
        )
        {
            TraceParent = AttributeOf(properties, "traceparent") ?? TextOf(Unwrap(properties?["traceparent"])),
        };

    private static string? AttributeOf(JsonObject? properties, string attribute) =>
        AttributePrefixes
            .Select(prefix => TextOf(Unwrap(properties?[prefix + attribute])))
            .FirstOrDefault(text => text is not null);

    private static byte[]? ReadBody(JsonNode? value)
    {
        for (var level = 0; level <= MostLevels; level++)
        {
            if (value is JsonObject document)
            {
                return Encoding.UTF8.GetBytes(document.ToJsonString());
            }

            if (value is not JsonValue scalar || !scalar.TryGetValue<string>(out var text))
            {
                return null;
            }

            if (TryDecode(text) is { } bytes)
            {
                return bytes; // as they came: nothing of the body is looked at here
            }

            value = TryParse(text);
        }

        return null;
    }

    private static JsonNode? Unwrap(JsonNode? node)
    {
        for (var level = 0; level < MostLevels; level++)
        {
            if (
                node is not JsonValue value
                || !value.TryGetValue<string>(out var text)
                || TryParse(text) is not { } inner
            )
            {
                break;
            }

            node = inner;
        }

        return node;
    }

    private static JsonNode? At(JsonArray? list, int index) =>
        list is not null && index < list.Count ? Unwrap(list[index]) : null;

    private static string? TextOf(JsonNode? node) =>
        node is JsonValue value
            ? value.TryGetValue<string>(out var text)
                ? text
                : value.ToJsonString()
            : null;

    private static JsonObject? Parse(ReadOnlySpan<byte> payload)
    {
        try
        {
            return JsonNode.Parse(payload) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonNode? TryParse(string text)
    {
        // Plain text and ids are met far more often than JSON: look before throwing.
        if (text.Length == 0 || !"{[\"-0123456789tfn".Contains(text[0], StringComparison.Ordinal))
        {
            return null;
        }

        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[]? TryDecode(string text)
    {
        var bytes = new byte[text.Length];
        return
            Convert.TryFromBase64String(text, bytes, out var length)
            && bytes.AsSpan(0, length).TrimStart(" \t\r\n"u8) is [(byte)'{', ..]
            ? bytes[..length]
            : null;
    }
}
