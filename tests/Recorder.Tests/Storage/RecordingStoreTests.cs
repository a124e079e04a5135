using System.Security.Cryptography;
using EventMeet.Recorder.Storage;
using EventMeet.Recorder.Tests.Fixtures;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventMeet.Recorder.Tests.Storage;

public sealed class RecordingStoreTests
{
    private static CancellationToken Stopping => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stores_and_fetches_small_and_large_files()
    {
        await using var azurite = await Azurite.StartedAsync();
        var options = new StorageOptions { ConnectionString = azurite.ConnectionString };
        var container = RecordingStore.Connect(options, () => throw new InvalidOperationException());
        var store = new RecordingStore(container, options, TimeProvider.System, NullLogger<RecordingStore>.Instance);
        using var scratch = new Scratch();

        Assert.Null(await store.ReadAsync("rec_1/timeline.json", Stopping));
        await store.PutAsync("rec_1/timeline.json", "{}"u8.ToArray(), "application/json", Stopping);
        await store.PutAsync("rec_1/timeline.json", "{ }"u8.ToArray(), "application/json", Stopping);
        Assert.Equal("{ }"u8.ToArray(), await store.ReadAsync("rec_1/timeline.json", Stopping));

        var bytes = new byte[20_000_000];
        new Random(1).NextBytes(bytes);
        var uploaded = await store.UploadAsync("rec_1/film.mp4", scratch.Write("film", bytes), "video/mp4", Stopping);
        Assert.Equal(new("rec_1/film.mp4", bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes))), uploaded);

        Assert.Equal(uploaded.Sha256, await store.DownloadAsync("rec_1/film.mp4", scratch["again"], Stopping));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(scratch["again"], Stopping));
        Assert.Null(await store.DownloadAsync("rec_1/none", scratch["none"], Stopping));
    }

    [Fact]
    public void Says_at_start_what_is_not_configured()
    {
        var validator = new StorageOptionsValidator();
        Assert.True(validator.Validate(null, new()).Failed);
        Assert.True(validator.Validate(null, new() { ConnectionString = "UseDevelopmentStorage=true" }).Succeeded);
        Assert.True(
            validator.Validate(null, new() { ServiceUri = new("https://a.example"), Patience = TimeSpan.Zero }).Failed
        );
    }
}
