using System.Net;
using EventMeet.Contracts;
using EventMeet.Functions.Keys;
using EventMeet.Functions.Tests.Fakes;
using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Tests.Keys;

public sealed class KeyTests(FunctionsFixture app) : IClassFixture<FunctionsFixture>
{
    [Fact]
    public async Task Shows_a_secret_once()
    {
        var made = await app.SendAsync("POST", "/v1/keys", """{"name":"ci"}""");
        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.Equal(43, made.Text("secret").Length);
        var shown = await app.SendAsync("GET", $"/v1/keys/{made.Text("id")}");
        Assert.Equal("ci", shown.Text("name"));
        Assert.False(shown.Json.ContainsKey("secret"));
    }

    [Fact]
    public async Task Stops_taking_a_key_that_was_deleted()
    {
        var made = await app.SendAsync("POST", "/v1/keys");
        var credential = $"{made.Text("id")}.{made.Text("secret")}";
        Assert.Equal(HttpStatusCode.OK, (await app.SendAsync("GET", "/v1/keys", bearer: credential)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await app.SendAsync("DELETE", $"/v1/keys/{made.Text("id")}")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await app.SendAsync("GET", "/v1/keys", bearer: credential)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await app.SendAsync("DELETE", $"/v1/keys/{made.Text("id")}")).Status);
    }

    [Fact]
    public async Task Hides_the_keys_of_other_tenants()
    {
        var path = $"/v1/keys/{app.OtherTenantsKey.Id}";
        Assert.Equal(HttpStatusCode.NotFound, (await app.SendAsync("GET", path)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await app.SendAsync("DELETE", path)).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    public async Task Refuses_a_wrong_secret(string extra)
    {
        var answer = await app.SendAsync("GET", "/v1/keys", bearer: app.Key.Credential[..^1] + extra);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
    }

    [Fact]
    public async Task Lists_page_by_page_without_loss()
    {
        var key = await app.MakeKeyAsync("paged");
        for (var i = 0; i < 4; i++)
        {
            app.Clock.Advance(TimeSpan.FromMilliseconds(1));
            await app.SendAsync("POST", "/v1/keys", $$"""{"name":"{{i}}"}""", key.Credential);
        }

        List<string> names = [];
        string? cursor = null;
        do
        {
            var path = "/v1/keys?limit=2" + (cursor is null ? "" : "&cursor=" + cursor);
            var page = await app.SendAsync("GET", path, bearer: key.Credential);
            names.AddRange(page.Json["data"]!.AsArray().Select(one => one!["name"]!.GetValue<string>()));
            cursor = page.Json["nextCursor"]?.GetValue<string>();
        } while (cursor is not null);

        Assert.Equal(["test", "0", "1", "2", "3"], names);
    }

    [Fact]
    public void Keeps_keys_working_when_the_master_key_changes()
    {
        ApiKeyId id = new("key_1");
        var before = RingOf(new KeyOptions { MasterKey = Master(1) });
        var after = RingOf(new KeyOptions { MasterKey = Master(2), PreviousMasterKey = Master(1) });
        Assert.Equal(before.SecretOf(id, before.Current), after.SecretOf(id, before.Current));
        Assert.NotEqual(before.Current, after.Current);
        Assert.Null(RingOf(new KeyOptions { MasterKey = Master(2) }).SecretOf(id, before.Current));
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("not base64")]
    public void Refuses_a_master_key_that_is_not_32_bytes(string text) =>
        Assert.True(new KeyOptionsValidator().Validate(null, new KeyOptions { MasterKey = text }).Failed);

    [Fact]
    public async Task Gives_one_name_one_tenant()
    {
        var keys = app.Get<KeyStore>();
        var first = await keys.EnsureTenantAsync("same", TestContext.Current.CancellationToken);
        Assert.Equal(first, await keys.EnsureTenantAsync("same", TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Never_prints_the_secret() =>
        Assert.DoesNotContain(app.Key.Secret, $"{app.Key}", StringComparison.Ordinal);

    private static KeyRing RingOf(KeyOptions options) => new(Options.Create(options));

    private static string Master(byte fill) => Convert.ToBase64String([.. Enumerable.Repeat(fill, 32)]);
}
