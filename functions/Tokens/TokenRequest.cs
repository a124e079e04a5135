using EventMeet.Functions.Hosting;
using EventMeet.Functions.Rooms;

namespace EventMeet.Functions.Tokens;

/// <summary>What a token shall say.</summary>
internal sealed record TokenRequest
{
    private const int Characters = 256;
    private const int LeastSeconds = 30;
    private const int DefaultSeconds = 6 * 3600;

    private static readonly string[] Sources = ["camera", "microphone", "screen_share", "screen_share_audio"];

    // LiveKit's names; what the request does not say is left out of the token, where it means what it means there.
    private static readonly string[] Flags =
    [
        "canPublish",
        "canSubscribe",
        "canPublishData",
        "roomAdmin",
        "roomRecord",
        "hidden",
        "recorder",
        "canUpdateOwnMetadata",
    ];

    /// <summary>Gets who it is for; null for somebody new.</summary>
    public string? Identity { get; init; }

    public string? Name { get; init; }

    public string? Metadata { get; init; }

    /// <summary>Gets how long it is good.</summary>
    public TimeSpan Lifetime { get; init; }

    /// <summary>Gets the grants by their claim names.</summary>
    public IReadOnlyDictionary<string, object> Grants { get; init; } =
        new Dictionary<string, object>(StringComparer.Ordinal);

    /// <summary>Reads a body.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public static Problem? Read(ReadOnlyMemory<byte> body, out TokenRequest request)
    {
        request = new TokenRequest();
        if (RequestFields.Parse(body, out var fields) is { } malformed)
        {
            return malformed;
        }

        var identity = fields.Text("identity", Characters);
        if (identity is { Length: 0 })
        {
            fields.Refuse("identity", "must not be empty");
        }

        request = new TokenRequest
        {
            Identity = identity,
            Name = fields.Text("name", Characters),
            Metadata = fields.TextOfBytes("metadata", RoomLimits.MetadataBytes),
            Lifetime = TimeSpan.FromSeconds(
                fields.Number("expiresInSeconds", LeastSeconds, (int)TokenLifetime.Longest.TotalSeconds)
                    ?? DefaultSeconds
            ),
            Grants = ReadGrants(fields.Fields("grants")),
        };
        return fields.Finish();
    }

    private static Dictionary<string, object> ReadGrants(RequestFields? fields)
    {
        Dictionary<string, object> grants = new(StringComparer.Ordinal);
        if (fields is null)
        {
            return grants;
        }

        foreach (var flag in Flags)
        {
            if (fields.Flag(flag) is { } value)
            {
                grants[flag] = value;
            }
        }

        if (fields.Texts("canPublishSources", Sources.Length, Characters) is { } sources)
        {
            if (sources.Except(Sources, StringComparer.Ordinal).Any())
            {
                fields.Refuse("canPublishSources", $"may list {string.Join(", ", Sources)}");
            }

            grants["canPublishSources"] = sources;
        }

        fields.RefuseOthers();
        return grants;
    }
}
