using System.Text.Json.Serialization;
using EventMeet.Contracts;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Keys;
using EventMeet.Functions.Rooms;
using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Tokens;

/// <summary>POST /v1/rooms/{room}/tokens: a participant token with a ready link to the meeting page.</summary>
internal sealed class TokenFunctions(
    RoomDirectory rooms,
    KeyDirectory keys,
    TokenMinter minter,
    IOptions<HostingOptions> hosting,
    TimeProvider clock
)
{
    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        new HttpFunction(
            "Tokens",
            "v1/rooms/{room}/tokens",
            [
                new("POST", Access.Tenant, services => services.GetRequiredService<TokenFunctions>().CreateAsync)
                {
                    Accepts = ["application/json"],
                    BodyOptional = true,
                },
            ]
        ),
    ];

    private async Task<Reply> CreateAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (await rooms.FindAsync(call.Tenant, call.Route("room"), cancellationToken) is not { } found)
        {
            return Reply.Refused(Refusal.RoomNotFound);
        }

        if (RoomDecider.At(found.Value, clock.GetUtcNow()).State is RoomState.Ending or RoomState.Ended)
        {
            return Reply.Refused(Refusal.RoomEnded);
        }

        if (TokenRequest.Read(call.Body, out var request) is { } problem)
        {
            return Reply.Refused(problem);
        }

        if (await keys.FindAsync(call.Principal.Key.Value, cancellationToken) is not { } key)
        {
            return Reply.Refused(Refusal.KeyRevoked);
        }

        var minted = minter.Mint(key, found.Value.Id, request);
        TokenBody body = new(
            minted.Token,
            minted.Identity,
            minted.ExpiresAt,
            JoinUrl(call, found.Value.Id, minted.Token)
        );
        return Reply.Json(201, body, TokensApiContext.Default.TokenBody);
    }

    // The token stands behind the #: a fragment is never sent to a server, so it is in no log on the way.
    private string JoinUrl(HttpCall call, RoomId room, string token)
    {
        var page = hosting.Value.MeetingPage ?? new Uri(call.PublicUrl + "/meet/");
        var elsewhere = Uri.Compare(
            page,
            new Uri(call.PublicUrl),
            UriComponents.SchemeAndServer,
            UriFormat.UriEscaped,
            StringComparison.OrdinalIgnoreCase
        );
        var api = elsewhere == 0 ? "" : "&url=" + Uri.EscapeDataString(call.PublicUrl);
        return $"{page.GetLeftPart(UriPartial.Path)}?room={room}{api}#token={token}";
    }
}

/// <summary>A token as the API shows it.</summary>
internal sealed record TokenBody(string Token, string Identity, DateTimeOffset ExpiresAt, string JoinUrl);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcTimeConverter)]
)]
[JsonSerializable(typeof(TokenBody))]
[JsonSerializable(typeof(IceServerList))]
internal sealed partial class TokensApiContext : JsonSerializerContext;
