using System.Security.Cryptography;
using System.Text;
using EventMeet.Contracts;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Storage;
using EventMeet.Functions.Tokens;

namespace EventMeet.Functions.Participants;

/// <summary>Who was removed from a room may come back only with a token made afterwards.</summary>
internal sealed class Revocations(ITableStore store, TimeProvider clock)
{
    private const string Prefix = "revoked|";

    // A token's times have whole seconds.
    private static readonly TimeSpan Resolution = TimeSpan.FromSeconds(1);

    /// <summary>The change that takes back every token that an identity has for a room; for the room's partition.</summary>
    public RowChange Revoke(string identity) =>
        RowChange.Put(
            RowName(identity),
            new RevokedRow(identity, clock.GetUtcNow()),
            ParticipantsJsonContext.Default.RevokedRow
        );

    /// <summary>Says whether a token was taken back. One that does not say when it was made counts as old.</summary>
    public async Task<bool> IsRevokedAsync(RoomId room, ParticipantToken token, CancellationToken cancellationToken)
    {
        var row = await store.FindAsync(
            Tables.Rooms,
            room.Value,
            RowName(token.Identity),
            ParticipantsJsonContext.Default.RevokedRow,
            cancellationToken
        );
        return row is not null && (token.IssuedAt is not { } issued || issued + Resolution <= row.Value.At);
    }

    private static string RowName(string identity) =>
        Prefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)));
}
