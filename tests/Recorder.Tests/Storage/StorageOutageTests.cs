using EventMeet.Recorder.Storage;
using EventMeet.Recorder.Tests.Fixtures;

namespace EventMeet.Recorder.Tests.Storage;

public sealed class StorageOutageTests
{
    private static CancellationToken Stopping => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Loses_nothing_while_storage_is_killed_and_away_for_ten_seconds()
    {
        await using var azurite = await Azurite.StartedAsync();
        using var scratch = new Scratch();
        // So little memory that most of it has to go to the disk.
        var options = new StorageOptions
        {
            MemoryBound = 1 << 20,
            SpillBound = 64 << 20,
            SpillFolder = scratch["spill"],
        };
        var (store, container) = AppendBlobSinkTests.Connect(azurite, options);
        await using var sink = store.Open("rec_1/video.webm", "video/webm");
        var expected = new MemoryStream();
        var spilled = false;
        Task? outage = null;
        for (var tick = 0; tick < 150; tick++)
        {
            // 100 ms at 4 Mbit/s.
            var bytes = AppendBlobSinkTests.Noise(50_000, seed: tick);
            expected.Write(bytes);
            sink.Append(bytes);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Stopping);
            if (tick == 20)
            {
                outage = OutageAsync(azurite, TimeSpan.FromSeconds(10));
            }

            spilled |= Directory.Exists(options.SpillFolder) && Directory.EnumerateFiles(options.SpillFolder).Any();
        }

        await outage!;
        var file = await sink.CompleteAsync(Stopping);

        Assert.Equal(new("rec_1/video.webm", expected.Length, AppendBlobSinkTests.Hash(expected.ToArray())), file);
        var stored = (await container.GetBlobClient("rec_1/video.webm").DownloadContentAsync(Stopping)).Value;
        Assert.Equal(expected.ToArray(), stored.Content.ToArray());
        Assert.True(spilled, "The outage was not long enough to need the disk.");
        await sink.DisposeAsync();
        Assert.Empty(Directory.EnumerateFiles(options.SpillFolder));
    }

    private static async Task OutageAsync(Azurite azurite, TimeSpan length)
    {
        await azurite.KillAsync();
        await Task.Delay(length, TimeProvider.System, Stopping);
        await azurite.StartAsync();
    }
}
