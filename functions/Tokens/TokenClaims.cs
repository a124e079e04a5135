using System.Text;
using System.Text.Json;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Keys;
using EventMeet.Functions.Rooms;

namespace EventMeet.Functions.Tokens;

/// <summary>
/// Reads the claims of a verified token. Grants are in "video" under the names that LiveKit's server SDKs write; one that
/// is absent from canPublish, canSubscribe and canPublishData means allowed, as there.
/// </summary>
internal static class TokenClaims
{
    public const string ManagementScope = "management";
    private const int MostCharacters = 256;

    private static readonly Dictionary<string, TrackSource> Sources = new(StringComparer.OrdinalIgnoreCase)
    {
        ["camera"] = TrackSource.Camera,
        ["microphone"] = TrackSource.Microphone,
        ["screen_share"] = TrackSource.ScreenShare,
        ["screen_share_audio"] = TrackSource.ScreenShareAudio,
    };

    /// <summary>
    /// Says whether the token speaks for the tenant. It must say so itself: participant tokens are signed with the same
    /// key and must never pass for it.
    /// </summary>
    public static bool IsManagement(JsonElement claims) =>
        TextOf(claims, "scope") is { } scope
        && scope.Split(' ').Contains(ManagementScope, StringComparer.Ordinal)
        && !claims.TryGetProperty("video", out _);

    /// <summary>Reads a participant token.</summary>
    public static Authentication ReadParticipant(ApiKey key, JsonElement claims, TokenLifetime lifetime)
    {
        if (TextOf(claims, "sub") is not { Length: > 0 and <= MostCharacters } identity)
        {
            return Authentication.Refuse(Refusal.TokenWithoutIdentity);
        }

        if (!claims.TryGetProperty("video", out var video) || video.ValueKind != JsonValueKind.Object)
        {
            return Authentication.Refuse(Refusal.TokenWithoutRoom);
        }

        if (TextOf(video, "room") is not { Length: > 0 and <= RoomLimits.Name } room)
        {
            return Authentication.Refuse(Refusal.TokenWithoutRoom);
        }

        if (!FlagOf(video, "roomJoin", absent: false))
        {
            return Authentication.Refuse(Refusal.TokenNotForJoining);
        }

        var name = TextOf(claims, "name");
        var metadata = TextOf(claims, "metadata");
        if (name?.Length > MostCharacters || Encoding.UTF8.GetByteCount(metadata ?? "") > RoomLimits.MetadataBytes)
        {
            return Authentication.Refuse(
                Refusal.TokenMalformed,
                "name may have at most 256 characters, metadata at most 4 KiB."
            );
        }

        if (!TryReadSources(video, out var sources))
        {
            return Authentication.Refuse(
                Refusal.TokenMalformed,
                "canPublishSources must list camera, microphone, screen_share or screen_share_audio."
            );
        }

        ParticipantToken token = new(
            identity,
            room,
            string.IsNullOrEmpty(name) ? null : name,
            string.IsNullOrEmpty(metadata) ? null : metadata,
            new ParticipantGrants(
                FlagOf(video, "canPublish", absent: true),
                FlagOf(video, "canSubscribe", absent: true),
                FlagOf(video, "canPublishData", absent: true),
                sources,
                FlagOf(video, "roomAdmin", absent: false),
                FlagOf(video, "hidden", absent: false) || FlagOf(video, "recorder", absent: false),
                FlagOf(video, "canUpdateOwnMetadata", absent: false)
            ),
            TextOf(claims, "jti"),
            lifetime.IssuedAt,
            lifetime.ExpiresAt
        )
        {
            CanRecord = FlagOf(video, "roomRecord", absent: false),
        };
        return Authentication.Accept(new ParticipantPrincipal(key.Tenant, key.Id, token));
    }

    private static bool TryReadSources(JsonElement video, out IReadOnlyList<TrackSource>? sources)
    {
        sources = null;
        if (!video.TryGetProperty("canPublishSources", out var list) || list.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            return false;
        }

        List<TrackSource> read = [];
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String || !Sources.TryGetValue(ReadString(item) ?? "", out var source))
            {
                return false;
            }

            read.Add(source);
        }

        // An empty list is how LiveKit's SDKs write "no restriction".
        sources = read.Count == 0 ? null : read;
        return true;
    }

    private static string? TextOf(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? ReadString(value)
            : null;

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

    // Anything that is neither true nor absent takes the right away rather than giving it.
    private static bool FlagOf(JsonElement video, string name, bool absent) =>
        video.TryGetProperty(name, out var value) ? value.ValueKind == JsonValueKind.True : absent;
}
