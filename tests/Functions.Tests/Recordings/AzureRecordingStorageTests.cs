using System.Buffers.Text;
using System.Net;
using System.Text;
using Azure.Core;
using Azure.Storage.Blobs;
using EventMeet.Functions.Recordings;
using EventMeet.Functions.Storage;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace EventMeet.Functions.Tests.Recordings;

/// <summary>Links, lists and deletes against Azurite, which interop/run starts.</summary>
public sealed class AzureRecordingStorageTests
{
    private const string Setting = "EVENTMEET_TEST_BLOBS";
    private const string SecureSetting = "EVENTMEET_TEST_SECURE_BLOBS";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Makes_links_that_work_until_they_expire_and_deletes_a_folder_and_no_other()
    {
        var connection = Environment.GetEnvironmentVariable(Setting);
        Assert.SkipWhen(connection is null, $"Set {Setting} to a connection string, or run interop/run.");
        var container = "c" + Guid.CreateVersion7().ToString("N")[..20];
        RecordingsOptions options = new() { ConnectionString = connection, Container = container };
        using AzureRecordingStorage storage = new(Options.Create(options), TimeProvider.System);

        // Before any recorder has made the container.
        Assert.Empty(await storage.ListAsync("ten_1/room_1/rec_1", Token));
        await storage.DeleteFolderAsync("ten_1/room_1/rec_1", Token);

        BlobContainerClient blobs = new(connection, container);
        await blobs.CreateAsync(cancellationToken: Token);
        string[] names =
        [
            "ten_1/room_1/rec_1/tracks/a.webm",
            "ten_1/room_1/rec_1/timeline.json",
            "ten_1/room_1/rec_10/b",
        ];
        foreach (var name in names)
        {
            await blobs.UploadBlobAsync(name, BinaryData.FromString("0123456789"), Token);
        }

        var listed = await storage.ListAsync("ten_1/room_1/rec_1", Token);
        Assert.Equal(names[..2].Order(StringComparer.Ordinal), listed.Select(file => file.Name));
        Assert.All(listed, file => Assert.Equal(10, file.Bytes));

        using HttpClient http = new();
        var links = await storage.LinkAsync(TimeSpan.FromMinutes(2), Token);
        var link = links.LinkTo(names[0], "my ünique\"film.webm");
        // Not every HTTP client escapes what a URL must not have.
        Assert.Matches("^[-0-9A-Za-z:/?#@!$&'()*+,;=._~%]+$", link);
        using var fetched = await http.GetAsync(new Uri(link), Token);
        Assert.Equal("0123456789", await fetched.Content.ReadAsStringAsync(Token));
        Assert.Equal(
            "attachment; filename=\"my__nique_film.webm\"",
            fetched.Content.Headers.GetValues("Content-Disposition").Single()
        );
        using var bare = await http.GetAsync(new Uri(links.UrlOf(names[0])), Token);
        Assert.NotEqual(HttpStatusCode.OK, bare.StatusCode);
        var signature = new Uri(links.LinkTo(names[0], "a")).Query;
        using var other = await http.GetAsync(new Uri(links.UrlOf(names[1]) + signature), Token);
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode); // a link is for one file
        var old = await storage.LinkAsync(TimeSpan.FromSeconds(-1), Token);
        using var late = await http.GetAsync(new Uri(old.LinkTo(names[0], "a")), Token);
        Assert.Equal(HttpStatusCode.Forbidden, late.StatusCode);

        await storage.DeleteAsync([names[1], "ten_1/room_1/rec_1/none"], Token);
        Assert.Single(await storage.ListAsync("ten_1/room_1/rec_1", Token));
        await storage.DeleteFolderAsync("ten_1/room_1/rec_1", Token);
        Assert.Empty(await storage.ListAsync("ten_1/room_1/rec_1", Token));
        Assert.Single(await storage.ListAsync("ten_1/room_1/rec_10", Token));
    }

    [Fact]
    public async Task Signs_links_with_a_delegated_key_when_it_has_an_identity_and_no_key()
    {
        var address = Environment.GetEnvironmentVariable(SecureSetting);
        Assert.SkipWhen(address is null, $"Set {SecureSetting} to the blob service's https URI, or run interop/run.");
        var container = "c" + Guid.CreateVersion7().ToString("N")[..20];
        RecordingsOptions options = new() { ServiceUri = new Uri(address), Container = container };
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        Identity identity = new(clock);
        using AzureRecordingStorage storage = new(Options.Create(options), clock, identity);
        BlobContainerClient blobs = new(new Uri($"{address}/{container}"), identity);
        await blobs.CreateAsync(cancellationToken: Token);
        await blobs.UploadBlobAsync("ten_1/a.webm", BinaryData.FromString("0123456789"), Token);

        using HttpClient http = new();
        var links = await storage.LinkAsync(TimeSpan.FromDays(5), Token);
        var link = new Uri(links.LinkTo("ten_1/a.webm", "a.webm"));
        Assert.Contains("skoid=", link.Query, StringComparison.Ordinal); // a user delegation key's owner
        Assert.Equal("0123456789", await http.GetStringAsync(link, Token));
        using var other = await http.GetAsync(new Uri(links.UrlOf("ten_1/b.webm") + link.Query), Token);
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
        var old = await storage.LinkAsync(TimeSpan.FromSeconds(-1), Token);
        using var late = await http.GetAsync(new Uri(old.LinkTo("ten_1/a.webm", "a.webm")), Token);
        Assert.Equal(HttpStatusCode.Forbidden, late.StatusCode);

        // The key is asked for anew before a link would outlive it.
        clock.Advance(TimeSpan.FromDays(3));
        var later = new Uri((await storage.LinkAsync(TimeSpan.FromDays(5), Token)).LinkTo("ten_1/a.webm", "a.webm"));
        Assert.NotEqual(ExpiryOfKey(link), ExpiryOfKey(later));
    }

    private static string? ExpiryOfKey(Uri link) =>
        Array.Find(link.Query.TrimStart('?').Split('&'), part => part.StartsWith("ske=", StringComparison.Ordinal));

    [Fact]
    public async Task Says_that_storage_is_away_when_nobody_listens()
    {
        const string nobody =
            "DefaultEndpointsProtocol=http;AccountName=one;AccountKey=AAAA;BlobEndpoint=http://127.0.0.1:1/one;";
        using AzureRecordingStorage storage = new(
            Options.Create(new RecordingsOptions { ConnectionString = nobody }),
            TimeProvider.System
        );
        await Assert.ThrowsAsync<StorageUnavailableException>(() => storage.ListAsync("a", Token));
        await Assert.ThrowsAsync<StorageUnavailableException>(() => storage.DeleteFolderAsync("a", Token));
    }

    [Theory]
    [InlineData("https://one.table.core.windows.net/", null, "https://one.blob.core.windows.net/", null)]
    [InlineData(null, "UseDevelopmentStorage=true", null, "UseDevelopmentStorage=true")]
    public void Uses_the_account_of_the_tables_when_no_other_is_named(
        string? tables,
        string? connection,
        string? service,
        string? used
    )
    {
        StorageOptions storage = new()
        {
            TableEndpoint = tables is null ? null : new Uri(tables),
            ConnectionString = connection,
        };
        RecordingsOptions options = new();
        new RecordingsFallback(Options.Create(storage)).PostConfigure(null, options);
        Assert.Equal((service, used), (options.ServiceUri?.ToString(), options.ConnectionString));
        Assert.True(new RecordingsOptionsValidator().Validate(null, options).Succeeded);
    }

    /// <summary>An identity as Azurite wants it: a token with the right claims, whose signature it does not look at.</summary>
    private sealed class Identity(TimeProvider clock) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext request, CancellationToken cancellationToken)
        {
            var now = clock.GetUtcNow();
            var expires = now.AddHours(1);
            var claims =
                $$"""{"aud":"https://storage.azure.com","iss":"https://sts.windows.net/one/","iat":{{now.ToUnixTimeSeconds()}},"nbf":{{now.ToUnixTimeSeconds()}},"exp":{{expires.ToUnixTimeSeconds()}},"oid":"11111111-1111-1111-1111-111111111111","tid":"22222222-2222-2222-2222-222222222222"}""";
            var token = $"{Encode("""{"alg":"none"}""")}.{Encode(claims)}.c2lnbmVk";
            return new AccessToken(token, expires);
        }

        public override ValueTask<AccessToken> GetTokenAsync(
            TokenRequestContext request,
            CancellationToken cancellationToken
        ) => new(GetToken(request, cancellationToken));

        private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
    }
}
