using System.Security.Cryptography;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using EventMeet.Recorder.Storage;
using EventMeet.Recorder.Tests.Fixtures;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventMeet.Recorder.Tests.Storage;

public sealed class AppendBlobSinkTests
{
    private static CancellationToken Stopping => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stores_what_comes_as_it_comes_and_knows_the_hash_of_it()
    {
        await using var azurite = await Azurite.StartedAsync();
        var (store, container) = Connect(azurite, new());
        await using var sink = store.Open("rec_1/audio.weba", "audio/webm");
        var expected = new MemoryStream();
        foreach (var length in (int[])[1, 1000, 70_000, 5_000_000, 3])
        {
            var bytes = Noise(length, seed: length);
            expected.Write(bytes);
            sink.Append(bytes);
            await UntilAsync(() => sink.StoredBytes == expected.Length);
            var stored = (await container.GetBlobClient("rec_1/audio.weba").DownloadContentAsync(Stopping)).Value;
            Assert.Equal(expected.ToArray(), stored.Content.ToArray());
            Assert.Equal("audio/webm", stored.Details.ContentType);
        }

        var file = await sink.CompleteAsync(Stopping);
        Assert.Equal(new("rec_1/audio.weba", expected.Length, Hash(expected.ToArray())), file);
        Assert.Equal(file, await sink.CompleteAsync(Stopping));
    }

    [Fact]
    public async Task Ends_a_file_where_memory_and_disk_end_and_says_so()
    {
        using var scratch = new Scratch();
        var options = new StorageOptions
        {
            ConnectionString = "UseDevelopmentStorage=true",
            MemoryBound = 1 << 20,
            SpillBound = 1 << 20,
            SpillFolder = scratch["spill"],
        };
        var storage = new UnwillingStorage { IsWilling = false };
        var sink = Over(storage, options);
        var bytes = Noise(100_000, seed: 1);
        for (var count = 0; count < 30; count++)
        {
            sink.Append(bytes);
        }

        Assert.Equal(StorageFault.SpillFull, sink.Fault);
        storage.IsWilling = true;
        var file = await sink.CompleteAsync(Stopping);

        Assert.Equal(StorageFault.SpillFull, file.Fault);
        Assert.InRange(file.Bytes, 2 * (1 << 20) - 2 * bytes.Length, 2 * (1 << 20));
        Assert.Equal(0, file.Bytes % bytes.Length);
        Assert.Equal(storage.Stored.ToArray().LongLength, file.Bytes);
        Assert.Equal(Hash(storage.Stored.ToArray()), file.Sha256);
        await sink.DisposeAsync();
    }

    [Fact]
    public async Task Ends_a_file_when_storage_refuses_for_longer_than_patience_lasts()
    {
        var storage = new UnwillingStorage();
        var sink = Over(storage, new() { Patience = TimeSpan.FromSeconds(1) });
        sink.Append([1, 2, 3]);
        await UntilAsync(() => sink.StoredBytes == 3);
        storage.IsWilling = false;
        sink.Append([4, 5]);

        var file = await sink.CompleteAsync(Stopping);

        Assert.Equal(new("file", 3, Hash([1, 2, 3]), StorageFault.Unavailable), file);
        await sink.DisposeAsync();
    }

    [Fact]
    public async Task Appends_once_what_was_stored_though_the_answer_was_lost()
    {
        var storage = new UnwillingStorage { LosesAnswers = 3 };
        var sink = Over(storage, new());
        sink.Append([1, 2, 3]);
        await UntilAsync(() => sink.StoredBytes == 3);
        storage.LosesAnswers = 2;
        sink.Append([4, 5]);

        Assert.Equal(new("file", 5, Hash([1, 2, 3, 4, 5])), await sink.CompleteAsync(Stopping));
        Assert.Equal([1, 2, 3, 4, 5], storage.Stored);
        await sink.DisposeAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Stores_again_what_storage_has_forgotten(int remembered)
    {
        var storage = new UnwillingStorage();
        var sink = Over(storage, new());
        sink.Append([1, 2, 3]);
        await UntilAsync(() => sink.StoredBytes == 3);
        storage.Forget(remembered);
        sink.Append([4]);

        Assert.Equal(new("file", 4, Hash([1, 2, 3, 4])), await sink.CompleteAsync(Stopping));
        Assert.Equal([1, 2, 3, 4], storage.Stored);
        await sink.DisposeAsync();
    }

    [Fact]
    public async Task Says_so_when_what_was_forgotten_is_not_kept_any_more()
    {
        var storage = new UnwillingStorage();
        var sink = Over(storage, new() { KeepAcknowledged = TimeSpan.Zero });
        sink.Append([1, 2, 3]);
        await UntilAsync(() => sink.StoredBytes == 3);
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, Stopping);
        storage.Forget(2);
        sink.Append([4]);

        Assert.Equal(StorageFault.BytesForgotten, (await sink.CompleteAsync(Stopping)).Fault);
        await sink.DisposeAsync();
    }

    [Fact]
    public async Task Keeps_its_hands_off_a_file_that_is_somebody_elses()
    {
        var storage = new UnwillingStorage();
        await using (var first = Over(storage, new()))
        {
            first.Append([1, 2, 3]);
            await first.CompleteAsync(Stopping);
        }

        await using var second = Over(storage, new());
        second.Append([9]);
        Assert.Equal(StorageFault.NotOurs, (await second.CompleteAsync(Stopping)).Fault);
        Assert.Equal([1, 2, 3], storage.Stored);
    }

    private static AppendBlobSink Over(UnwillingStorage storage, StorageOptions options)
    {
        options.CommitEvery = TimeSpan.FromMilliseconds(100);
        var client = new BlobClientOptions { Transport = storage };
        client.Retry.MaxRetries = 0;
        var container = new BlobContainerClient("UseDevelopmentStorage=true", "recordings", client);
        return new(
            Azure.Storage.Blobs.Specialized.SpecializedBlobExtensions.GetAppendBlobClient(container, "file"),
            _ => Task.CompletedTask,
            "video/webm",
            options,
            new UnsentBytes(new(options.MemoryBound, options.SpillBound), Path.Combine(options.SpillFolder, "file")),
            TimeProvider.System,
            NullLogger.Instance
        );
    }

    internal static (RecordingStore Store, BlobContainerClient Container) Connect(
        Azurite azurite,
        StorageOptions options
    )
    {
        options.ConnectionString = azurite.ConnectionString;
        options.CommitEvery = TimeSpan.FromMilliseconds(200);
        var container = RecordingStore.Connect(options, () => throw new InvalidOperationException());
        return (new(container, options, TimeProvider.System, NullLogger<RecordingStore>.Instance), container);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Stopping);
        }
    }

    internal static byte[] Noise(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    internal static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
