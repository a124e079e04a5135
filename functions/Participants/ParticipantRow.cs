using System.Text.Json.Serialization;
using EventMeet.Contracts;
using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Participants;

/// <summary>
/// Somebody who is in a room (table "rooms", partition room id, row "participant|" and their id). Gone when they left;
/// then a <see cref="DepartedRow"/> remembers that, so that an older fact does not bring them back.
/// </summary>
internal sealed record ParticipantRow(
    ParticipantId Id,
    SessionId Session,
    string Identity,
    string? Name,
    long Epoch,
    DateTimeOffset JoinedAt
)
{
    /// <summary>Gets their tracks; ended ones too, so that facts may come in any order.</summary>
    public IReadOnlyList<TrackRow> Tracks { get; init; } = [];

    /// <summary>Gets whether the fact that they joined was handled; a track's fact may come first.</summary>
    public bool Joined { get; init; }
}

/// <summary>One track of theirs.</summary>
internal sealed record TrackRow(
    TrackId Id,
    MediaKind Kind,
    TrackSource Source,
    string Codec,
    DateTimeOffset PublishedAt
)
{
    /// <summary>Gets whether it ended.</summary>
    public bool Ended { get; init; }
}

/// <summary>Somebody left (row "departed|" and their id).</summary>
internal sealed record DepartedRow(long Epoch, LeaveReason Reason, DateTimeOffset At)
{
    /// <summary>Gets whether the tenant has heard of them: when not, the fact that they joined may still come.</summary>
    public bool Told { get; init; }
}

/// <summary>Tokens of an identity made before this time are no longer taken in this room (row "revoked|" and a hash).</summary>
internal sealed record RevokedRow(string Identity, DateTimeOffset At);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ParticipantRow))]
[JsonSerializable(typeof(DepartedRow))]
[JsonSerializable(typeof(RevokedRow))]
internal sealed partial class ParticipantsJsonContext : JsonSerializerContext;
