using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EventMeet.Functions.Hosting;
using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Tokens;

/// <summary>
/// Time-limited relay credentials (draft-uberti-behave-turn-rest-00, coturn's use-auth-secret): the user name is the time
/// of expiry and the identity, the password an HMAC-SHA1 of it.
/// </summary>
internal sealed class IceServers(IOptions<TurnOptions> options, TimeProvider clock)
{
    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        new HttpFunction(
            "IceServers",
            "v1/ice-servers",
            [new("GET", Access.TenantOrParticipant, services => services.GetRequiredService<IceServers>().GetAsync)]
        )
        {
            OpenToBrowsers = true,
        },
    ];

    /// <summary>Makes credentials for somebody; empty when no relay is configured.</summary>
    /// <param name="identity">Whose; told to the relay.</param>
    public IReadOnlyList<IceServer> For(string identity)
    {
        var turn = options.Value;
        if (turn.Uris.Count == 0)
        {
            return [];
        }

        var expiry = (clock.GetUtcNow() + turn.Lifetime).ToUnixTimeSeconds();
        var username = string.Create(CultureInfo.InvariantCulture, $"{expiry}:{SafeName(identity)}");
        return [new IceServer([.. turn.Uris], username, PasswordOf(username, turn.Secret!))];
    }

    private Task<Reply> GetAsync(HttpCall call, CancellationToken cancellationToken)
    {
        IceServerList list = new(For(call.Principal.Actor), (int)options.Value.Lifetime.TotalSeconds);
        return Task.FromResult(Reply.Json(200, list, TokensApiContext.Default.IceServerList));
    }

    // SHA-1 is what the relays compute; as an HMAC it is still sound.
#pragma warning disable CA5350
    private static string PasswordOf(string username, string secret) =>
        Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(username)));
#pragma warning restore CA5350

    // The name goes through SASLprep and logs on the relay's side: plain characters only.
    private static string SafeName(string identity) =>
        string.Concat(identity.Where(one => char.IsAsciiLetterOrDigit(one) || one is '_' or '-').Take(64));
}

/// <summary>One entry of RTCConfiguration.iceServers.</summary>
internal sealed record IceServer(IReadOnlyList<string> Urls, string Username, string Credential)
{
    public string CredentialType { get; } = "password";
}

/// <summary>The answer.</summary>
internal sealed record IceServerList(IReadOnlyList<IceServer> IceServers, int TtlSeconds);
