using System.Net;
using EventMeet.Functions.Webhooks;
using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Tests.Webhooks;

public sealed class AddressPolicyTests
{
    [Theory]
    [InlineData("93.184.216.34")]
    [InlineData("1.1.1.1")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("2606:2800:220:1:248:1893:25c8:1946")]
    [InlineData("2a00:1450:4001:82a::200e")]
    public void Lets_public_addresses_through(string address) =>
        Assert.True(AddressPolicy.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("100.127.255.255")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("168.63.129.16")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.192")]
    [InlineData("192.0.2.1")]
    [InlineData("192.88.99.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.19.255.255")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.1")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.250")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::7f00:1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:93.184.216.34")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("64:ff9b:1::a00:1")]
    [InlineData("100::1")]
    [InlineData("2001::1")]
    [InlineData("2001:2::1")]
    [InlineData("2001:10::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("3fff::1")]
    [InlineData("5f00::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public void Refuses_every_other_address(string address) =>
        Assert.False(AddressPolicy.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("https://example.com/hook?x=1", null)]
    [InlineData("https://example.com:8443/", null)]
    [InlineData("https://[2606:2800:220:1:248:1893:25c8:1946]/", null)]
    [InlineData("https://bücher.example/", null)]
    [InlineData("http://example.com/", "must be an https URL")]
    [InlineData("ftp://example.com/", "must be an https URL")]
    [InlineData("example.com", "must be an absolute https URL")]
    [InlineData("https://", "must be an absolute https URL")]
    [InlineData("https://user:pass@example.com/", "must have neither user name nor fragment")]
    [InlineData("https://example.com/#part", "must have neither user name nor fragment")]
    [InlineData("https://localhost/", Private)]
    [InlineData("https://LOCALHOST./", Private)]
    [InlineData("https://a.localhost/", Private)]
    [InlineData("https://127.0.0.1/", Private)]
    [InlineData("https://127.1/", Private)]
    [InlineData("https://2130706433/", Private)]
    [InlineData("https://0x7f.0.0.1/", Private)]
    [InlineData("https://0177.0.0.1/", Private)]
    [InlineData("https://[::1]/", Private)]
    [InlineData("https://[::ffff:10.0.0.1]/", Private)]
    [InlineData("https://169.254.169.254/latest/meta-data", Private)]
    [InlineData("https://192.168.0.1/", Private)]
    public void Checks_urls_as_they_are_written(string url, string? wrong) =>
        Assert.Equal(wrong, WebhookUrl.Check(url, allowLoopback: false));

    [Theory]
    [InlineData("http://localhost:8080/", null)]
    [InlineData("http://127.0.0.1:8080/", null)]
    [InlineData("https://[::1]:8080/", null)]
    [InlineData("http://10.0.0.1/", "must be an https URL, or http to this machine")]
    [InlineData("https://10.0.0.1/", Private)]
    public void Lets_an_operator_allow_this_machine_and_nothing_else(string url, string? wrong) =>
        Assert.Equal(wrong, WebhookUrl.Check(url, allowLoopback: true));

    [Theory]
    [InlineData(false, false, "93.184.216.34", true)]
    [InlineData(false, false, "127.0.0.1", false)]
    [InlineData(false, false, "93.184.216.34 10.0.0.1", false)]
    [InlineData(true, false, "127.0.0.1", true)]
    [InlineData(true, true, "127.0.0.1", true)]
    [InlineData(true, true, "93.184.216.34", false)]
    [InlineData(true, false, "169.254.169.254", false)]
    [InlineData(true, false, "127.0.0.1 10.0.0.1", false)]
    public async Task Checks_every_address_a_name_has(bool allowLoopback, bool plain, string addresses, bool allowed)
    {
        GuardedConnector connector = new(
            (_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([.. addresses.Split(' ').Select(IPAddress.Parse)]),
            Options.Create(new WebhookOptions { AllowLoopback = allowLoopback })
        );
        var resolve = async () => await connector.ResolveAsync("name.example", plain, CancellationToken.None);
        if (allowed)
        {
            Assert.NotEmpty(await resolve());
        }
        else
        {
            await Assert.ThrowsAsync<AddressRefusedException>(resolve);
        }
    }

    private const string Private = "must not lead to a private, loopback or link-local address";
}
