using EventMeet.Broker.Amqp;
using EventMeet.Contracts.Bus;

namespace EventMeet.Bus.Tests.Amqp;

public sealed class SharedAccessTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
    private readonly SharedAccessVerifier _verifier = new("rule", "secret");

    // Made with OpenSSL: printf 'sb%3A%2F%2Flocalhost%2Fq\n1700000600' | openssl dgst -sha256 -hmac secret -binary | base64
    private const string Golden = "ztMaNszh15oy3AtaL4onjivYA5xEvclEdpzDj6HM+VI=";

    [Fact]
    public void A_signature_is_what_openssl_makes_of_it()
    {
        var token = SharedAccessTokens.Sign("sb://localhost/q", "rule", "secret", Now.AddMinutes(10));
        Assert.Equal(
            $"SharedAccessSignature sr=sb%3A%2F%2Flocalhost%2Fq&sig={Uri.EscapeDataString(Golden)}&se=1700000600&skn=rule",
            token
        );
        Assert.True(_verifier.TryVerify(token, Now, out var path, out var expiresAt));
        Assert.Equal(("q", Now.AddMinutes(10)), (path, expiresAt));
    }

    [Theory]
    [InlineData("rule", "other", 600)]
    [InlineData("other", "secret", 600)]
    [InlineData("rule", "secret", -1)]
    public void A_token_of_another_key_or_past_its_time_is_refused(string name, string key, int seconds)
    {
        var token = SharedAccessTokens.Sign("sb://localhost/q", name, key, Now.AddSeconds(seconds));
        Assert.False(_verifier.TryVerify(token, Now, out _, out _));
    }

    [Fact]
    public void A_token_that_is_changed_anywhere_is_refused()
    {
        var token = SharedAccessTokens.Sign("sb://localhost/q", "rule", "secret", Now.AddMinutes(10));
        for (var i = 0; i < token.Length; i++)
        {
            var changed = token[..i] + (char)(token[i] ^ 1) + token[(i + 1)..];
            Assert.False(_verifier.TryVerify(changed, Now, out _, out _), changed);
        }
    }

    [Theory]
    [InlineData("sb://localhost:5672/q", "q")]
    [InlineData("sb://localhost", "")]
    [InlineData("amqp://host/a/b/", "a/b")]
    [InlineData("http://host/", "")]
    public void A_resource_names_an_entity(string resource, string path) =>
        Assert.Equal(path, SharedAccessVerifier.PathOf(resource));

    [Fact]
    public void A_path_allows_what_is_under_it_and_nothing_beside_it()
    {
        var authorization = new Authorization();
        Assert.True(authorization.TryAllow("a/b", Now));
        Assert.True(authorization.Allows("a/b", Now.AddTicks(-1)));
        Assert.True(authorization.Allows("A/B/$management", Now.AddTicks(-1)));
        Assert.False(authorization.Allows("a/bc", Now.AddTicks(-1)));
        Assert.False(authorization.Allows("a", Now.AddTicks(-1)));
        Assert.False(authorization.Allows("a/b", Now));
        Assert.True(authorization.TryAllow("", Now));
        Assert.True(authorization.Allows("anything", Now.AddTicks(-1)));
    }
}
