using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Tests.Fakes;
using EventMeet.Functions.Tokens;

namespace EventMeet.Functions.Tests.Tokens;

public sealed class TokenVerifierTests(FunctionsFixture app) : IClassFixture<FunctionsFixture>
{
    private const string Video = """{"roomJoin":true,"room":"daily"}""";

    private string Now => Seconds(0);

    [Fact]
    public async Task Takes_a_token_as_livekits_server_sdks_make_it()
    {
        // No kid, no iat, nbf only in some languages, tri-state grants left out.
        var token = await AcceptAsync(
            $$"""{"iss":"{{app.Key.Id}}","exp":{{Seconds(3600)}},"sub":"anna","name":"Anna","video":{{Video}}}"""
        );
        Assert.Equal(("anna", "daily", "Anna"), (token.Identity, token.Room, token.Name));
        Assert.Equal(
            new ParticipantGrants(
                CanPublish: true,
                CanSubscribe: true,
                CanPublishData: true,
                Sources: null,
                RoomAdmin: false,
                Hidden: false,
                CanUpdateOwnMetadata: false
            ),
            token.Grants
        );
    }

    [Fact]
    public async Task Reads_every_grant()
    {
        var token = await AcceptAsync(
            Claims(
                """
                {"roomJoin":true,"room":"r","canPublish":false,"canSubscribe":false,"canPublishData":false,
                "canPublishSources":["camera","SCREEN_SHARE"],"roomAdmin":true,"hidden":true,"canUpdateOwnMetadata":true}
                """
            )
        );
        Assert.Equal([TrackSource.Camera, TrackSource.ScreenShare], token.Grants.Sources!);
        Assert.Equal(new ParticipantGrants(false, false, false, token.Grants.Sources, true, true, true), token.Grants);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("HS384")]
    [InlineData("RS256")]
    [InlineData("ES256")]
    [InlineData("hs256")]
    public async Task Pins_the_algorithm(string algorithm) =>
        await RefuseAsync(
            Refusal.TokenAlgorithm,
            Sign($$"""{"alg":"{{algorithm}}","typ":"JWT"}""", Claims(Video), app.Key.Secret)
        );

    [Fact]
    public async Task Refuses_alg_none_without_a_signature()
    {
        var signed = Sign("""{"alg":"none"}""", Claims(Video), app.Key.Secret);
        await RefuseAsync(Refusal.TokenAlgorithm, signed[..(signed.LastIndexOf('.') + 1)]);
    }

    [Fact]
    public async Task Refuses_another_keys_signature() =>
        await RefuseAsync(Refusal.TokenSignature, Sign(Hs256, Claims(Video), app.OtherTenantsKey.Secret));

    [Fact]
    public async Task Refuses_a_token_that_was_changed()
    {
        var parts = Sign(Hs256, Claims(Video), app.Key.Secret).Split('.');
        var other = Sign(Hs256, Claims("""{"roomJoin":true,"room":"other"}"""), app.Key.Secret).Split('.');
        await RefuseAsync(Refusal.TokenSignature, $"{parts[0]}.{other[1]}.{parts[2]}");
    }

    [Fact]
    public async Task Refuses_an_unknown_issuer() =>
        await RefuseAsync(
            Refusal.CredentialsInvalid,
            Sign(Hs256, $$"""{"iss":"key_unknown","exp":{{Seconds(60)}}}""", app.Key.Secret)
        );

    [Fact]
    public async Task Refuses_a_kid_that_is_not_the_issuer() =>
        await RefuseAsync(
            Refusal.TokenMalformed,
            Sign($$"""{"alg":"HS256","kid":"{{app.OtherTenantsKey.Id}}"}""", Claims(Video), app.OtherTenantsKey.Secret)
        );

    [Theory]
    [InlineData("\"exp\":-1", Refusal.TokenMalformed)]
    [InlineData("\"exp\":\"soon\"", Refusal.TokenMalformed)]
    [InlineData("\"exp\":1e300", Refusal.TokenMalformed)]
    [InlineData("\"exp\":{-11}", Refusal.TokenExpired)]
    [InlineData("\"nbf\":{0}", Refusal.TokenWithoutExpiry)]
    [InlineData("\"exp\":{60},\"nbf\":{12}", Refusal.TokenNotYetValid)]
    [InlineData("\"exp\":{60},\"iat\":{12}", Refusal.TokenNotYetValid)]
    [InlineData("\"exp\":{86420}", Refusal.TokenLifetimeTooLong)]
    [InlineData("\"exp\":{60},\"iat\":{-86400}", Refusal.TokenLifetimeTooLong)]
    public async Task Checks_the_times(string times, object refusal)
    {
        var claims = System.Text.RegularExpressions.Regex.Replace(
            times,
            @"\{(?<seconds>-?\d+)\}",
            match => Seconds(int.Parse(match.Groups["seconds"].Value, CultureInfo.InvariantCulture)),
            System.Text.RegularExpressions.RegexOptions.ExplicitCapture,
            TimeSpan.FromSeconds(1)
        );
        await RefuseAsync(
            (Refusal)refusal,
            Sign(Hs256, $$"""{"iss":"{{app.Key.Id}}","sub":"a",{{claims}},"video":{{Video}}}""", app.Key.Secret)
        );
    }

    [Fact]
    public async Task Forgives_clocks_that_differ_by_ten_seconds() =>
        await AcceptAsync(
            $$"""{"iss":"{{app.Key.Id}}","sub":"a","nbf":{{Seconds(9)}},"exp":{{Seconds(86400)}},"video":{{Video}}}"""
        );

    [Theory]
    [InlineData("""{"roomJoin":true}""", Refusal.TokenWithoutRoom)]
    [InlineData("""{"roomJoin":true,"room":""}""", Refusal.TokenWithoutRoom)]
    [InlineData("""{"roomJoin":true,"room":7}""", Refusal.TokenWithoutRoom)]
    [InlineData("\"daily\"", Refusal.TokenWithoutRoom)]
    [InlineData("""{"room":"daily"}""", Refusal.TokenNotForJoining)]
    [InlineData("""{"room":"daily","roomJoin":"true"}""", Refusal.TokenNotForJoining)]
    [InlineData("""{"roomJoin":true,"room":"r","canPublishSources":["x"]}""", Refusal.TokenMalformed)]
    [InlineData("""{"roomJoin":true,"room":"r","room":"s"}""", Refusal.TokenMalformed)]
    public async Task Refuses_grants_that_make_no_sense(string video, object refusal) =>
        await RefuseAsync((Refusal)refusal, Sign(Hs256, Claims(video), app.Key.Secret));

    [Fact]
    public async Task Refuses_a_token_without_identity() =>
        await RefuseAsync(
            Refusal.TokenWithoutIdentity,
            Sign(Hs256, $$"""{"iss":"{{app.Key.Id}}","exp":{{Seconds(60)}},"video":{{Video}}}""", app.Key.Secret)
        );

    [Theory]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.gICA.x")]
    [InlineData("..")]
    [InlineData("a.b.c")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.!!!.x")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.W10.x")]
    [InlineData("bnVsbA.bnVsbA.bnVsbA")]
    public async Task Refuses_what_is_no_token(string text) => await RefuseAsync(Refusal.TokenMalformed, text);

    [FsCheck.Xunit.Property(MaxTest = 200)]
    public bool Never_takes_a_token_with_one_character_changed(FsCheck.NonNegativeInt at, char replacement)
    {
        var token = Sign(Hs256, Claims(Video), app.Key.Secret);
        var position = at.Get % (token.Length - 1); // the last character of base64url has bits that say nothing
        if (token[position] == replacement)
        {
            return true;
        }

        var changed = token[..position] + replacement + token[(position + 1)..];
        var verified = app.Get<TokenVerifier>().VerifyAsync(changed, CancellationToken.None);
        return verified.GetAwaiter().GetResult().Principal is null;
    }

    [Fact]
    public async Task Takes_no_text_that_is_no_unicode() =>
        await RefuseAsync(
            Refusal.TokenMalformed,
            Sign(
                Hs256,
                $$"""{"iss":"{{app.Key.Id}}","sub":"\ud800","\udc00":1,"exp":{{Seconds(60)}},"video":{{Video}}}""",
                app.Key.Secret
            )
        );

    [Fact]
    public async Task Lets_a_short_token_with_the_management_scope_manage()
    {
        var good = Sign(
            Hs256,
            $$"""{"iss":"{{app.Key.Id}}","exp":{{Seconds(600)}},"scope":"management"}""",
            app.Key.Secret
        );
        Assert.Equal(200, (int)(await app.SendAsync("GET", "/v1/rooms", bearer: good)).Status);
        var participants = Sign(Hs256, Claims(Video), app.Key.Secret);
        Assert.Equal("wrong-credential-kind", (await app.SendAsync("GET", "/v1/rooms", bearer: participants)).Problem);
        var both = Sign(
            Hs256,
            $$"""{"iss":"{{app.Key.Id}}","sub":"a","exp":{{Seconds(600)}},"scope":"management","video":{{Video}}}""",
            app.Key.Secret
        );
        Assert.Equal("wrong-credential-kind", (await app.SendAsync("GET", "/v1/rooms", bearer: both)).Problem);
        var tooLong = Sign(
            Hs256,
            $$"""{"iss":"{{app.Key.Id}}","exp":{{Seconds(3700)}},"scope":"management"}""",
            app.Key.Secret
        );
        await RefuseAsync(Refusal.TokenLifetimeTooLong, tooLong);
    }

    [Fact]
    public async Task Takes_what_the_api_minted()
    {
        var room = await app.MakeRoomAsync();
        var minted = await app.SendAsync(
            "POST",
            $"/v1/rooms/{room}/tokens",
            """{"identity":"anna","name":"Anna","metadata":"m","expiresInSeconds":60,"grants":{"canPublish":false,"canPublishSources":["camera"]}}"""
        );
        Assert.Equal(201, (int)minted.Status);
        // The page is elsewhere, so it is told where the API is.
        var api = Uri.EscapeDataString(app.Http.BaseAddress!.ToString().TrimEnd('/'));
        Assert.Equal(
            $"https://meet.example/?room={room}&url={api}#token={minted.Text("token")}",
            minted.Text("joinUrl")
        );
        var verified = await VerifyAsync(minted.Text("token"));
        var principal = Assert.IsType<ParticipantPrincipal>(verified.Principal);
        Assert.Equal(app.Key.Tenant, principal.Tenant);
        Assert.Equal(
            ("anna", room.Value, "Anna", "m"),
            (principal.Token.Identity, principal.Token.Room, principal.Token.Name, principal.Token.Metadata)
        );
        Assert.False(principal.Token.Grants.CanPublish);
        Assert.Equal([TrackSource.Camera], principal.Token.Grants.Sources!);
        Assert.StartsWith("tok_", principal.Token.TokenId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"expiresInSeconds":86401}""", "expiresInSeconds")]
    [InlineData("""{"identity":""}""", "identity")]
    [InlineData("""{"grants":{"canFly":true}}""", "grants.canFly")]
    [InlineData("""{"grants":{"canPublish":"yes"}}""", "grants.canPublish")]
    [InlineData("""{"grants":{"canPublishSources":["ear"]}}""", "grants.canPublishSources")]
    public async Task Says_what_is_wrong_with_a_request_for_a_token(string body, string field)
    {
        var room = await app.MakeRoomAsync();
        var answer = await app.SendAsync("POST", $"/v1/rooms/{room}/tokens", body);
        Assert.Equal(422, (int)answer.Status);
        Assert.Equal(field, answer.Json["errors"]![0]!["field"]!.GetValue<string>());
    }

    [Fact]
    public async Task Gives_relay_credentials_that_coturn_can_check()
    {
        var token = Sign(Hs256, Claims(Video), app.Key.Secret);
        var answer = await app.SendAsync("GET", "/v1/ice-servers", bearer: token);
        var server = Assert.Single(answer.Json["iceServers"]!.AsArray())!.AsObject();
        Assert.Equal("turn:relay.example:3478", server["urls"]![0]!.GetValue<string>());
        Assert.Equal($"{Seconds(4 * 3600)}:anna", server["username"]!.GetValue<string>());
#pragma warning disable CA5350 // what the draft says
        var expected = HMACSHA1.HashData("shared"u8, Encoding.UTF8.GetBytes(server["username"]!.GetValue<string>()));
#pragma warning restore CA5350
        Assert.Equal(Convert.ToBase64String(expected), server["credential"]!.GetValue<string>());
    }

    private const string Hs256 = """{"alg":"HS256","typ":"JWT"}""";

    private string Claims(string video) =>
        $$"""{"iss":"{{app.Key.Id}}","sub":"anna","iat":{{Now}},"exp":{{Seconds(3600)}},"video":{{video}}}""";

    private string Seconds(int fromNow) =>
        (app.Clock.GetUtcNow().ToUnixTimeSeconds() + fromNow).ToString(CultureInfo.InvariantCulture);

    private static string Sign(string header, string claims, string secret)
    {
        var text = $"{Encode(Encoding.UTF8.GetBytes(header))}.{Encode(Encoding.UTF8.GetBytes(claims))}";
        return $"{text}.{Encode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)))}";
    }

    private static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private Task<Authentication> VerifyAsync(string token) =>
        app.Get<TokenVerifier>().VerifyAsync(token, TestContext.Current.CancellationToken);

    private async Task<ParticipantToken> AcceptAsync(string claims)
    {
        var verified = await VerifyAsync(Sign(Hs256, claims, app.Key.Secret));
        Assert.Null(verified.Problem);
        return Assert.IsType<ParticipantPrincipal>(verified.Principal).Token;
    }

    private async Task RefuseAsync(Refusal refusal, string token)
    {
        var verified = await VerifyAsync(token);
        Assert.Null(verified.Principal);
        Assert.Equal(refusal, verified.Problem!.Refusal);
    }
}
