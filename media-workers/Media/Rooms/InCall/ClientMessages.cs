namespace EventMeet.Media.Rooms.InCall;

/// <summary>
/// What a page says to the room: every message's members in one, as the type says which of them count. A member of the
/// wrong JSON type makes the message malformed; an unknown member is ignored.
/// </summary>
internal sealed record ClientMessage
{
    public string? Type { get; init; }

    public string? Mid { get; init; }

    public bool? Auto { get; init; }

    public string? Participant { get; init; }

    public string? Source { get; init; }

    public double? Height { get; init; }

    public string? Track { get; init; }

    public bool? Muted { get; init; }

    public string? Text { get; init; }

    public string? To { get; init; }

    public bool? Raised { get; init; }

    public string? Reaction { get; init; }

    public string? Action { get; init; }

    public string? Name { get; init; }

    public string? Metadata { get; init; }

    public long? Id { get; init; }
}
