using System.Text;
using EventMeet.Functions.Keys;
using EventMeet.Functions.Webhooks;
using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Tests.Webhooks;

public sealed class SignatureTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 31, 9, 0, 0, TimeSpan.Zero);

    // The vector that the reference implementations of Standard Webhooks share.
    [Fact]
    public void Signs_with_hmac_as_the_reference_implementations_do()
    {
        WebhookKeyPair pair = new(Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), new byte[32]);
        var header = WebhookSignature.Sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            DateTimeOffset.FromUnixTimeSeconds(1614265330),
            """{"test": 2432232314}"""u8,
            [pair]
        );
        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", header.Split(' ')[0]);
        Assert.StartsWith("v1a,", header.Split(' ')[1], StringComparison.Ordinal);
    }

    // RFC 8032 section 7.1, tests 1 to 3.
    [Theory]
    [InlineData(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )]
    [InlineData(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )]
    [InlineData(
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    )]
    public void Signs_with_ed25519_as_the_rfc_says(string seed, string publicKey, string message, string signature)
    {
        var key = Convert.FromHexString(seed);
        Assert.Equal(publicKey, Convert.ToHexStringLower(Ed25519.PublicKeyOf(key)));
        Assert.Equal(signature, Convert.ToHexStringLower(Ed25519.Sign(key, Convert.FromHexString(message))));
    }

    [Fact]
    public void Signs_with_every_key_that_is_valid_and_forgets_the_others()
    {
        var keys = new WebhookKeys(RingOf(1));
        Webhook webhook = WebhookWith(keys.First());
        var first = Assert.Single(keys.PairsOf(webhook, Now));
        webhook = webhook with { Keys = keys.Rotate(webhook.Keys, TimeSpan.FromHours(1), Now) };
        var during = keys.PairsOf(webhook, Now.AddMinutes(59));
        Assert.Equal(2, during.Count);
        Assert.Equal(first.SecretText, during[1].SecretText);
        Assert.Equal(4, WebhookSignature.Sign("evt_1", Now, "{}"u8, during).Split(' ').Length);
        Assert.NotEqual(first.SecretText, Assert.Single(keys.PairsOf(webhook, Now.AddHours(1))).SecretText);

        var leaked = keys.Rotate(webhook.Keys, TimeSpan.Zero, Now.AddMinutes(1));
        Assert.Equal(3, Assert.Single(leaked).Generation);
        for (var i = 0; i < 20; i++)
        {
            webhook = webhook with { Keys = keys.Rotate(webhook.Keys, TimeSpan.FromDays(1), Now) };
        }

        Assert.Equal(WebhookLimits.Keys, webhook.Keys.Count);
    }

    [Fact]
    public void Derives_keys_that_no_other_endpoint_and_no_other_master_key_has()
    {
        var ring = RingOf(1);
        var keys = new WebhookKeys(ring);
        var one = keys.PairsOf(WebhookWith(keys.First()), Now)[0];
        var other = keys.PairsOf(WebhookWith(keys.First()) with { Id = new WebhookId("whk_2") }, Now)[0];
        Assert.NotEqual(one.SecretText, other.SecretText);
        Assert.NotEqual(one.Secret, one.Seed);
        Assert.Equal(32, Convert.FromBase64String(one.SecretText["whsec_".Length..]).Length);
        Assert.DoesNotContain(one.SecretText, $"{one}", StringComparison.Ordinal);
        Assert.Empty(new WebhookKeys(RingOf(2)).PairsOf(WebhookWith(keys.First()), Now));
    }

    private static Webhook WebhookWith(SigningKey key) =>
        new(new WebhookId("whk_1"), new("ten_1"), new WebhookFields("https://example.com/"), Now) { Keys = [key] };

    private static KeyRing RingOf(byte fill) =>
        new(Options.Create(new KeyOptions { MasterKey = Convert.ToBase64String([.. Enumerable.Repeat(fill, 32)]) }));
}
