using System.Buffers;
using System.Text.Json.Serialization;
using EventMeet.Contracts;

namespace EventMeet.Functions.Events;

/// <summary>An event that a tenant hears of; also the webhook-id of every attempt to tell it.</summary>
[JsonConverter(typeof(IdJsonConverter<EventId>))]
internal readonly record struct EventId(string Value) : IId<EventId>
{
    private static readonly SearchValues<char> Alphabet = SearchValues.Create("0123456789abcdefghjkmnpqrstvwxyz");

    /// <inheritdoc/>
    public static string Prefix => "evt_";

    /// <inheritdoc/>
    public static EventId From(string value) => new(value);

    /// <summary>Says whether text can be an id at all, before it becomes a row's name.</summary>
    public static bool IsWellFormed(string text) =>
        text.Length == Prefix.Length + 26
        && text.StartsWith(Prefix, StringComparison.Ordinal)
        && text.AsSpan(Prefix.Length).IndexOfAnyExcept(Alphabet) < 0;

    /// <inheritdoc/>
    public override string ToString() => Value;
}
