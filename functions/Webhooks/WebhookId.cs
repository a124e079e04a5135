using System.Text.Json.Serialization;
using EventMeet.Contracts;

namespace EventMeet.Functions.Webhooks;

/// <summary>An endpoint that a tenant wants to be told at.</summary>
[JsonConverter(typeof(IdJsonConverter<WebhookId>))]
internal readonly record struct WebhookId(string Value) : IId<WebhookId>
{
    /// <inheritdoc/>
    public static string Prefix => "whk_";

    /// <inheritdoc/>
    public static WebhookId From(string value) => new(value);

    /// <summary>Says whether text can be an id at all, before it becomes a row's name.</summary>
    public static bool IsWellFormed(string text) =>
        text.Length is > 4 and <= 64
        && text.StartsWith(Prefix, StringComparison.Ordinal)
        && text.Skip(Prefix.Length)
            .All(character => char.IsAsciiDigit(character) || char.IsAsciiLetterLower(character));

    /// <inheritdoc/>
    public override string ToString() => Value;
}
