using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace EventMeet.Functions.Hosting;

/// <summary>
/// Reads a JSON object field by field and collects everything that is wrong with it, so that a client hears of all its
/// mistakes at once. A field that nobody asked for is one of them.
/// </summary>
internal sealed class RequestFields
{
    private const int MostErrors = 20;
    private const int MostDepth = 16;

    private readonly JsonElement _root;
    private readonly string _path;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<FieldError> _errors;

    private RequestFields(JsonElement root, string path, List<FieldError> errors)
    {
        _root = root;
        _path = path;
        _errors = errors;
    }

    /// <summary>Parses a body; an empty one counts as an empty object.</summary>
    /// <param name="body">UTF-8.</param>
    /// <param name="fields">The fields, when it is one JSON object.</param>
    /// <returns>Null, or what is malformed and where.</returns>
    public static Problem? Parse(ReadOnlyMemory<byte> body, out RequestFields fields)
    {
        fields = new RequestFields(default, "", []);
        if (body.Length == 0)
        {
            return null;
        }

        if (!Utf8.IsValid(body.Span))
        {
            return new Problem(Refusal.MalformedJson, "The body is not UTF-8.");
        }

        try
        {
            JsonDocumentOptions options = new() { MaxDepth = MostDepth, AllowDuplicateProperties = false };
            using var document = JsonDocument.Parse(body, options);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return new Problem(Refusal.MalformedJson, "The body must be one JSON object.");
            }

            fields = new RequestFields(document.RootElement.Clone(), "", []);
            return null;
        }
        catch (JsonException e) when (e.LineNumber is not null)
        {
            return new Problem(
                Refusal.MalformedJson,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The body is not JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}."
                )
            );
        }
        catch (JsonException)
        {
            return new Problem(Refusal.MalformedJson, "The body has the same field twice, or nests too deeply.");
        }
        catch (InvalidOperationException)
        {
            // What the parser throws when it compares names of which one holds a lone surrogate (\ud800).
            return new Problem(Refusal.MalformedJson, "The body has a field whose name is not Unicode.");
        }
    }

    /// <summary>Says whether the client wrote the field, be it as null.</summary>
    public bool Has(string name)
    {
        _known.Add(name);
        return _root.ValueKind == JsonValueKind.Object && _root.TryGetProperty(name, out _);
    }

    /// <summary>Reads text; null when absent, null or wrong.</summary>
    /// <param name="name">The field.</param>
    /// <param name="most">Most characters.</param>
    /// <param name="required">An absent or empty one is an error.</param>
    public string? Text(string name, int most, bool required = false)
    {
        var value = Find(name);
        if (value is null)
        {
            return required ? Refuse<string>(name, "is required") : null;
        }

        if (value.Value.ValueKind != JsonValueKind.String)
        {
            return Refuse<string>(name, "must be text");
        }

        var text = ReadString(value.Value);
        return text is null ? Refuse<string>(name, "must be valid Unicode")
            : text.Length > most ? Refuse<string>(name, $"may have at most {most} characters")
            : required && text.Length == 0 ? Refuse<string>(name, "must not be empty")
            : text;
    }

    /// <summary>Reads text whose size in UTF-8 counts.</summary>
    public string? TextOfBytes(string name, int mostBytes)
    {
        var text = Text(name, mostBytes);
        return text is not null && Encoding.UTF8.GetByteCount(text) > mostBytes
            ? Refuse<string>(name, $"may have at most {mostBytes} bytes in UTF-8")
            : text;
    }

    /// <summary>Reads a whole number; null when absent, null or wrong.</summary>
    public int? Number(string name, int least, int most)
    {
        var value = Find(name);
        if (value is null)
        {
            return null;
        }

        if (value.Value.ValueKind == JsonValueKind.Number && value.Value.TryGetInt32(out var number))
        {
            if (number >= least && number <= most)
            {
                return number;
            }
        }

        Refuse<string>(name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number, {least} to {most}"));
        return null;
    }

    /// <summary>Reads a whole number that may be large; null when absent, null or wrong.</summary>
    public long? LongNumber(string name, long least, long most)
    {
        var value = Find(name);
        if (value is null)
        {
            return null;
        }

        if (
            value.Value.ValueKind == JsonValueKind.Number
            && value.Value.TryGetInt64(out var number)
            && number >= least
            && number <= most
        )
        {
            return number;
        }

        Refuse<string>(name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number, {least} to {most}"));
        return null;
    }

    /// <summary>Reads one of a few words; null when absent, null or wrong.</summary>
    public T? Word<T>(string name, IReadOnlyDictionary<string, T> words)
        where T : struct
    {
        var text = Text(name, 64);
        if (text is null)
        {
            return null;
        }

        if (words.TryGetValue(text, out var value))
        {
            return value;
        }

        Refuse<string>(name, $"must be one of {string.Join(", ", words.Keys)}");
        return null;
    }

    /// <summary>Reads true or false; null when absent, null or wrong.</summary>
    public bool? Flag(string name)
    {
        var value = Find(name);
        if (value is null || value.Value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value?.GetBoolean();
        }

        Refuse<string>(name, "must be true or false");
        return null;
    }

    /// <summary>Reads a moment in RFC 3339; null when absent, null or wrong.</summary>
    public DateTimeOffset? Time(string name)
    {
        var value = Find(name);
        if (value is null)
        {
            return null;
        }

        if (
            value.Value.ValueKind == JsonValueKind.String
            && value.Value.TryGetDateTimeOffset(out var time)
            && HasOffset(value.Value.GetString()!)
        )
        {
            return time.ToUniversalTime();
        }

        Refuse<string>(name, "must be a time in RFC 3339, e.g. 2030-01-31T09:00:00Z");
        return null;
    }

    /// <summary>Reads a list of texts; null when absent, null or wrong.</summary>
    public IReadOnlyList<string>? Texts(string name, int most, int mostCharacters)
    {
        var value = Find(name);
        if (value is null)
        {
            return null;
        }

        if (value.Value.ValueKind != JsonValueKind.Array || value.Value.GetArrayLength() > most)
        {
            return Refuse<IReadOnlyList<string>>(name, $"must be a list of at most {most} texts");
        }

        List<string> texts = [];
        foreach (var item in value.Value.EnumerateArray())
        {
            var text = item.ValueKind == JsonValueKind.String ? ReadString(item) : null;
            if (text is not { Length: > 0 } || text.Length > mostCharacters)
            {
                return Refuse<IReadOnlyList<string>>(
                    $"{name}[{texts.Count}]",
                    $"must be text of 1 to {mostCharacters} characters"
                );
            }

            texts.Add(text);
        }

        return texts;
    }

    /// <summary>Reads an object within; its mistakes are collected here too.</summary>
    public RequestFields? Fields(string name)
    {
        var value = Find(name);
        return value is null ? null
            : value.Value.ValueKind == JsonValueKind.Object ? new RequestFields(value.Value, Named(name) + ".", _errors)
            : Refuse<RequestFields>(name, "must be an object");
    }

    /// <summary>Notes a mistake that only the caller can see.</summary>
    public void Refuse(string name, string message) => Refuse<string>(name, message);

    /// <summary>Notes the fields that nobody asked for. Call it last, for every object read.</summary>
    public void RefuseOthers()
    {
        if (_root.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var property in _root.EnumerateObject())
        {
            if (!_known.Contains(property.Name))
            {
                Refuse(property.Name, "is not a field of this request");
            }
        }
    }

    /// <summary>Gets everything that is wrong; null when nothing is.</summary>
    public Problem? Finish()
    {
        RefuseOthers();
        return _errors.Count == 0 ? null : new Problem(Refusal.InvalidFields) { Errors = _errors };
    }

    private JsonElement? Find(string name)
    {
        _known.Add(name);
        return
            _root.ValueKind == JsonValueKind.Object
            && _root.TryGetProperty(name, out var value)
            && value.ValueKind != JsonValueKind.Null
            ? value
            : null;
    }

    private T? Refuse<T>(string name, string message)
        where T : class
    {
        if (_errors.Count < MostErrors)
        {
            _errors.Add(new FieldError(Named(name), message));
        }

        return null;
    }

    private string Named(string name) => _path + (name.Length > 64 ? name[..64] : name);

    // A lone surrogate written as \ud800 is valid JSON and no text.
    private static string? ReadString(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static bool HasOffset(string time) =>
        time.EndsWith('Z') || (time.Length > 19 && time.AsSpan(19).IndexOfAny('+', '-') >= 0);
}
