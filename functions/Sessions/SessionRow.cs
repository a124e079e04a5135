using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Sdp;

namespace EventMeet.Functions.Sessions;

/// <summary>
/// One session (table "rooms", partition room id, row "session|" and its id): everything that a repeated, a changed or a
/// last request needs. It goes when the shard says that the participant left.
/// </summary>
/// <param name="Id">Which session.</param>
/// <param name="Use">Which endpoint took its first offer.</param>
/// <param name="Worker">Whose shard has it.</param>
/// <param name="Shard">Which shard: the room's home, or another one of the same worker.</param>
/// <param name="Epoch">The placement's epoch; under another one the session is no more.</param>
/// <param name="Peer">What the shard was told last.</param>
/// <param name="Answer">What the client was told last.</param>
/// <param name="OfferHash">SHA-256 of what was answered last, so that a repeated request gets the same answer.</param>
/// <param name="At">When it last changed.</param>
internal sealed record SessionRow(
    SessionId Id,
    SessionUse Use,
    WorkerId Worker,
    int Shard,
    long Epoch,
    PeerSpec Peer,
    string Answer,
    string OfferHash,
    DateTimeOffset At
)
{
    /// <summary>Gets the session's strong ETag: its revision.</summary>
    [JsonIgnore]
    public string Tag => TagOf(Peer.Revision);

    /// <summary>Gets the ETag of a revision.</summary>
    public static string TagOf(int revision) => $"\"r{revision}\"";

    /// <summary>Gets the name of a session's row.</summary>
    public static string NameOf(SessionId session) => RoomRows.SessionPrefix + session.Value;

    /// <summary>Gets the hash by which a repeated offer is known.</summary>
    public static string HashOf(ReadOnlySpan<byte> offer) => Convert.ToHexStringLower(SHA256.HashData(offer));
}

/// <summary>
/// Which session an identity has in a room (row "seat|", the use and a hash of the identity): who joins again takes the
/// seat, and the session before is closed. Publishing by WHIP and meeting in a page are two seats; players have none.
/// </summary>
/// <param name="Session">Which session.</param>
/// <param name="Epoch">Under which epoch.</param>
internal sealed record SeatRow(SessionId Session, long Epoch)
{
    /// <summary>Gets the shard that has it; null in rows of before there was a choice: the room's home.</summary>
    public int? Shard { get; init; }

    /// <summary>What every seat's row name starts with.</summary>
    public const string Prefix = "seat|";

    /// <summary>Gets the name of a seat's row; null for a use without seats.</summary>
    public static string? NameOf(SessionUse use, string identity) =>
        use is SessionUse.Play
            ? null
            : $"{Prefix}{use}|{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))}";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(SessionRow))]
[JsonSerializable(typeof(SeatRow))]
internal sealed partial class SessionsJsonContext : JsonSerializerContext;
