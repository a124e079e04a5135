using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Tokens;

/// <summary>What a verified participant token says.</summary>
/// <param name="Identity">The claim sub: the same person across joins, 1 to 256 characters.</param>
/// <param name="Room">The room's id or name as the token says (video.room).</param>
/// <param name="Name">What others read.</param>
/// <param name="Metadata">The tenant's own text, at most 4 KiB.</param>
/// <param name="Grants">What it allows.</param>
/// <param name="TokenId">The claim jti.</param>
/// <param name="IssuedAt">The claim iat, or nbf without one.</param>
/// <param name="ExpiresAt">The claim exp.</param>
internal sealed record ParticipantToken(
    string Identity,
    string Room,
    string? Name,
    string? Metadata,
    ParticipantGrants Grants,
    string? TokenId,
    DateTimeOffset? IssuedAt,
    DateTimeOffset ExpiresAt
)
{
    /// <summary>Gets whether it allows to record the room (video.roomRecord).</summary>
    public bool CanRecord { get; init; }
}
