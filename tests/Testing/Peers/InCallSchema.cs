using System.Text.Json;

namespace EventMeet.Testing.Peers;

/// <summary>
/// Holds what the server says against web/in-call.schema.json: the part of JSON Schema that the file uses, and, stricter
/// than it, no member that it does not name.
/// </summary>
internal static class InCallSchema
{
    private const string Prefix = "#/$defs/";

    private static readonly JsonElement Definitions = Load();

    // const of "type" to the definition's name.
    private static readonly Dictionary<string, JsonElement> ServerMessages = Definitions
        .GetProperty("ServerMessage")
        .GetProperty("oneOf")
        .EnumerateArray()
        .Select(Resolve)
        .ToDictionary(
            definition => definition.GetProperty("properties").GetProperty("type").GetProperty("const").GetString()!,
            StringComparer.Ordinal
        );

    /// <summary>Says what is wrong with a message; nothing when it is right.</summary>
    public static IEnumerable<string> Check(JsonElement message)
    {
        var type = message.GetProperty("type").GetString()!;
        return ServerMessages.TryGetValue(type, out var definition)
            ? Check(message, definition, type)
            : [$"The schema knows no message of type {type}."];
    }

    private static IEnumerable<string> Check(JsonElement value, JsonElement schema, string path)
    {
        schema = Resolve(schema);
        if (schema.TryGetProperty("oneOf", out var choices))
        {
            var fits = choices.EnumerateArray().Count(choice => !Check(value, choice, path).Any());
            return fits == 1 ? [] : [$"{path} fits {fits} of the choices."];
        }

        return CheckValue(value, schema, path)
            .Concat(value.ValueKind is JsonValueKind.Object ? CheckObject(value, schema, path) : [])
            .Concat(value.ValueKind is JsonValueKind.Array ? CheckArray(value, schema, path) : []);
    }

    private static IEnumerable<string> CheckValue(JsonElement value, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("type", out var type) && !IsOf(value, type.GetString()!))
        {
            yield return $"{path} is not of type {type}.";
        }

        if (schema.TryGetProperty("const", out var only) && !JsonElement.DeepEquals(value, only))
        {
            yield return $"{path} is not {only}.";
        }

        if (
            schema.TryGetProperty("enum", out var values)
            && !values.EnumerateArray().Any(each => JsonElement.DeepEquals(each, value))
        )
        {
            yield return $"{path} is {value}, not one of {values}.";
        }

        var size = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!.Length,
            JsonValueKind.Number => value.GetDouble(),
            _ => 0,
        };
        var (lower, upper) =
            value.ValueKind is JsonValueKind.Number ? ("minimum", "maximum") : ("minLength", "maxLength");
        if (schema.TryGetProperty(lower, out var least) && size < least.GetDouble())
        {
            yield return $"{path} is less than {least}.";
        }

        if (schema.TryGetProperty(upper, out var most) && size > most.GetDouble())
        {
            yield return $"{path} is more than {most}.";
        }
    }

    private static IEnumerable<string> CheckObject(JsonElement value, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("required", out var required))
        {
            foreach (
                var name in required.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _))
            )
            {
                yield return $"{path} has no {name}.";
            }
        }

        if (schema.TryGetProperty("dependentRequired", out var dependent))
        {
            foreach (var rule in dependent.EnumerateObject().Where(rule => value.TryGetProperty(rule.Name, out _)))
            {
                foreach (
                    var name in rule
                        .Value.EnumerateArray()
                        .Where(name => !value.TryGetProperty(name.GetString()!, out _))
                )
                {
                    yield return $"{path} has {rule.Name} without {name}.";
                }
            }
        }

        foreach (var member in value.EnumerateObject())
        {
            var known = schema.GetProperty("properties").TryGetProperty(member.Name, out var rule);
            var complaints = known
                ? Check(member.Value, rule, $"{path}.{member.Name}")
                : [$"{path} has an unknown member {member.Name}."];
            foreach (var complaint in complaints)
            {
                yield return complaint;
            }
        }
    }

    private static IEnumerable<string> CheckArray(JsonElement value, JsonElement schema, string path) =>
        schema.TryGetProperty("items", out var items)
            ? value.EnumerateArray().SelectMany((item, position) => Check(item, items, $"{path}[{position}]"))
            : [];

    private static bool IsOf(JsonElement value, string type) =>
        type switch
        {
            "object" => value.ValueKind is JsonValueKind.Object,
            "array" => value.ValueKind is JsonValueKind.Array,
            "string" => value.ValueKind is JsonValueKind.String,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "number" => value.ValueKind is JsonValueKind.Number,
            "integer" => value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out _),
            "null" => value.ValueKind is JsonValueKind.Null,
            _ => throw new NotSupportedException($"The schema has a new type, {type}."),
        };

    // A definition may narrow what it refers to; the file never does.
    private static JsonElement Resolve(JsonElement schema) =>
        schema.TryGetProperty("$ref", out var reference)
            ? Resolve(Definitions.GetProperty(reference.GetString()![Prefix.Length..]))
            : schema;

    private static JsonElement Load()
    {
        using var stream = typeof(InCallSchema).Assembly.GetManifestResourceStream("in-call.schema.json")!;
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.GetProperty("$defs").Clone();
    }
}
