using EventMeet.Contracts.Bus;

namespace EventMeet.Bus.Tests.Client;

public sealed class BusConnectionOptionsTests
{
    [Theory]
    [InlineData(
        "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=a+b/c==",
        "ns.servicebus.windows.net",
        5671,
        true
    )]
    [InlineData(
        "Endpoint=sb://localhost;SharedAccessKeyName=n;SharedAccessKey=a+b/c==;UseDevelopmentEmulator=true;",
        "localhost",
        5672,
        false
    )]
    [InlineData(
        " endpoint = sb://127.0.0.1:5999 ; sharedaccesskeyname=n;sharedaccesskey=a+b/c==;UseDevelopmentEmulator=True",
        "127.0.0.1",
        5999,
        false
    )]
    public void A_connection_string_says_where_and_how(string text, string host, int port, bool tls)
    {
        var options = BusConnectionOptions.FromConnectionString(text);
        Assert.Equal(
            (host, port, tls, "n", "a+b/c=="),
            (options.Host, options.Port, options.UseTls, options.SharedAccessKeyName, options.SharedAccessKey)
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("Endpoint=sb://host")]
    [InlineData("Endpoint=host;SharedAccessKeyName=n;SharedAccessKey=topsecret")]
    [InlineData("Endpoint=ftp://host;SharedAccessKeyName=n;SharedAccessKey=topsecret")]
    [InlineData("Endpoint=sb://host;SharedAccessKeyName=n;topsecret")]
    public void One_that_is_wrong_is_refused_without_repeating_the_key(string text)
    {
        var exception = Assert.Throws<FormatException>(() => BusConnectionOptions.FromConnectionString(text));
        Assert.DoesNotContain("topsecret", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_prints_a_secret()
    {
        var options = BusConnectionOptions.FromConnectionString(
            "Endpoint=sb://h;SharedAccessKeyName=n;SharedAccessKey=topsecret"
        );
        Assert.Equal("h:5671", options.ToString());
        var token = new BusToken("topsecret", BusToken.JsonWebToken, DateTimeOffset.UnixEpoch);
        Assert.DoesNotContain("topsecret", token.ToString(), StringComparison.Ordinal);
    }
}
